import type { TimerKind, TimerRecord } from "../store/timers.ts";

/** Something that will be due. */
export interface Timer {
  /** `timeout`: an instance's; `command`: a command's moment, first or again; `retry`: another attempt of a handler. */
  readonly kind: TimerKind;
  readonly dueAt: Date;
  readonly process: string;
  /** The instance's; for a command, the aggregate the command is for. */
  readonly aggregateId: string;
  readonly processId: string | undefined;
  /** The command's name. */
  readonly command: string | undefined;
}

/** A stored timer as the interface shows it. */
export function recordToTimer({ kind, dueAt, process, aggregateId, processId, command }: TimerRecord): Timer {
  return { kind, dueAt: new Date(dueAt), process, aggregateId, processId: processId ?? undefined, command: command ?? undefined };
}
