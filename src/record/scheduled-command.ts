import { isUnowned } from "../definition/model/lane.ts";
import type { CommandRecord } from "../store/commands.ts";

/** A command that is not due yet. */
export interface ScheduledCommand {
  /** What `cancel` and `reschedule` take. */
  readonly commandId: string;
  /** The command's name, such as `sendReminder`. */
  readonly type: string;
  /** The aggregate that the command is for. */
  readonly aggregateId: string;
  /** The process that dispatched it, or the policy; empty for a command from outside. */
  readonly process: string;
  /** The instance that dispatched it; empty if it belongs to none. */
  readonly processId: string;
  readonly dueAt: Date;
  readonly dispatchedAt: Date;
  /** The name that its handler gave it, if it gave one. */
  readonly key: string | undefined;
}

/** A stored command as the interface shows it. */
export function recordToScheduled(record: CommandRecord): ScheduledCommand {
  const { commandId, type, aggregateId, process, processId, dueAt, dispatchedAt, key } = record;
  return {
    commandId,
    type,
    aggregateId,
    process,
    processId: isUnowned(processId) ? "" : processId,
    dueAt: new Date(dueAt),
    dispatchedAt: new Date(dispatchedAt),
    key: key ?? undefined,
  };
}
