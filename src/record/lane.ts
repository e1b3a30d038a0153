import type { CommandRecord } from "../store/commands.ts";

/**
 * The lane that a command runs in: its instance's, in which one command follows the other, or a lane of its own if a chart has invoked it, so
 * that two invocations run side by side. A processId has no space in it.
 */
export function laneOf({ processId, commandId, invocation }: Pick<CommandRecord, "processId" | "commandId" | "invocation">): string {
  return invocation === null ? processId : laneOfInvocation(processId, commandId);
}

export function laneOfInvocation(processId: string, commandId: string): string {
  return `${processId} ${commandId}`;
}

/** Whether a lane is that of an invocation, which has one command. */
export function isOfInvocation(lane: string): boolean {
  return lane.includes(" ");
}
