/** Stands between the two names of an invocation's lane. A processId has no space in it. */
export const LANE_SEPARATOR = " ";

/** What says in which lane a command runs. `invocation`: `null` if no chart has invoked it. */
interface LanedCommand {
  readonly processId: string;
  readonly commandId: string;
  readonly invocation: string | null;
}

/**
 * The lane that a command runs in: its instance's, in which one command follows the other, or a lane of its own if a chart has invoked it, so
 * that two invocations run side by side.
 */
export function laneOf({ processId, commandId, invocation }: LanedCommand): string {
  return invocation === null ? processId : laneOfInvocation(processId, commandId);
}

export function laneOfInvocation(processId: string, commandId: string): string {
  return `${processId}${LANE_SEPARATOR}${commandId}`;
}

/** Whether a lane is that of an invocation, which has one command. */
export function isOfInvocation(lane: string): boolean {
  return lane.includes(LANE_SEPARATOR);
}

/** What a lane is named after. `invoked`: the `commandId` of the one command of an invocation's lane; `undefined`: it is an instance's. */
export function readLane(lane: string): { readonly processId: string; readonly invoked: string | undefined } {
  const end = lane.indexOf(LANE_SEPARATOR);
  return end === -1 ? { processId: lane, invoked: undefined } : { processId: lane.slice(0, end), invoked: lane.slice(end + 1) };
}
