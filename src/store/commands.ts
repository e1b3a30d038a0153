import type { StepKind } from "./mailbox.ts";

/** A command that was dispatched and not yet settled. Times are milliseconds since 1970; `payload` is JSON text. */
export interface CommandRecord {
  /** Its place in the order of dispatch: larger is later. */
  readonly seq: number;
  readonly commandId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly payload: string;
  /** The process and the instance that dispatched it. */
  readonly process: string;
  readonly processId: string;
  /** The aggregate of that instance; `aggregateId` is the one the command is for. */
  readonly instanceAggregateId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly dispatchedAt: number;
  readonly dueAt: number;
  /** Attempts that have failed so far. */
  readonly attempts: number;
  /** Not to be tried again before this moment; `null` while it has not failed. */
  readonly notBefore: number | null;
  readonly firstFailedAt: number | null;
  /** How often an operator has retried it. */
  readonly generation: number;
  /** The kind of step that dispatched it. What a timed-out or failed handler dispatches is never parked. */
  readonly origin: StepKind;
}

export type NewCommand = Omit<CommandRecord, "seq" | "attempts" | "notBefore" | "firstFailedAt" | "generation">;

/** Commands that wait for their moment, for their turn, or for another attempt. */
export interface CommandQueue {
  /** Returns the command's `seq`. */
  add(command: NewCommand): number;
  /** Puts a command back where it was, for a further try. */
  restore(command: CommandRecord): void;
  /** Whether the command was there. */
  remove(seq: number): boolean;
  /** Notes a failed attempt. Whether the command was there with `attempts - 1`. */
  delay(seq: number, failure: { attempts: number; notBefore: number; firstFailedAt: number }): boolean;
  /**
   * An instance's commands that are not parked, up to `limit`: first the one that has been tried, also if it waits for a retry; then those due
   * first, of equals the one dispatched first.
   */
  read(processId: string, limit: number): readonly CommandRecord[];
  /** Holds back the commands that the event handlers of an instance dispatched, or lets them go. */
  setParked(processId: string, parked: boolean): void;
  /** An instance's parked commands in order of dispatch. */
  readParked(processId: string): readonly CommandRecord[];
  /** The highest `seq` there is; 0 without commands. */
  lastSeq(): number;
  counts(now: number): { readonly pending: number; readonly overdue: number; readonly parked: number };
}
