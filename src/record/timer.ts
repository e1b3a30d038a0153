import type { TimerKind, TimerRecord } from "../store/timers.ts";

/** Something that will be due. */
export interface Timer {
  /**
   * `timeout`: an instance times out. `after`: a timer of the instance's chart. `command`: a command runs, for the first time or again. `retry`: a handler has another attempt. `kept`:
   * an event that came before its instance goes, unless the instance has started by then.
   */
  readonly kind: TimerKind;
  readonly dueAt: Date;
  readonly process: string;
  /** The instance's aggregate; for a command, the aggregate that the command is for. */
  readonly aggregateId: string;
  readonly processId: string | undefined;
  /** The command's name. */
  readonly command: string | undefined;
  /** Which timer of the chart, such as `awaitingPayment after 3d`. */
  readonly name: string | undefined;
}

/** A stored timer as the interface shows it. */
export function recordToTimer({ kind, dueAt, process, aggregateId, processId, command, name }: TimerRecord): Timer {
  return {
    kind,
    dueAt: new Date(dueAt),
    process,
    aggregateId,
    processId: processId ?? undefined,
    command: command ?? undefined,
    name: name ?? undefined,
  };
}
