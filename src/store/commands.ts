import type { LaneKind } from "../definition/model/lane.ts";
import type { StepKind } from "./mailbox.ts";

/** A command that was dispatched and not yet settled. Times are milliseconds since 1970; `payload` is JSON text. */
export interface CommandRecord {
  /** Its place in the order of dispatch: larger is later. */
  readonly seq: number;
  readonly commandId: string;
  /** The name of the command, or of the policy that it is an attempt of. */
  readonly type: string;
  readonly aggregateId: string;
  readonly payload: string;
  /**
   * The process and the instance that dispatched it. A command that belongs to no instance has its lane in the place of the processId. Its
   * process is the policy that it is an attempt of, or that has dispatched it; empty for one from outside.
   */
  readonly process: string;
  readonly processId: string;
  /** The aggregate of that instance, or of the event that the policy is for. `aggregateId` is the aggregate that the command is for. */
  readonly instanceAggregateId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly dispatchedAt: number;
  readonly dueAt: number;
  /** Attempts that have failed so far. */
  readonly attempts: number;
  /** The moment before which it is not tried again; `null` while it has not failed. */
  readonly notBefore: number | null;
  readonly firstFailedAt: number | null;
  /** How often an operator has retried it. */
  readonly generation: number;
  /** The kind of step that dispatched it. What a timed-out or failed handler dispatches is never parked. */
  readonly origin: StepKind;
  /** What its result goes back to, if the chart of its instance has invoked it: a `ChartInvocation` as JSON text. */
  readonly invocation: string | null;
  /** The lane that it runs in. */
  readonly lane: LaneKind;
  /** The name by which its instance withdraws or replaces it; `null` if it has none but its id. */
  readonly key: string | null;
  /** The span in which it was dispatched, as W3C's header `traceparent` writes it. Without telemetry it is absent, or `null`. */
  readonly traceparent?: string | null;
}

export type NewCommand = Omit<CommandRecord, "seq" | "attempts" | "notBefore" | "firstFailedAt" | "generation">;

/** Which commands are wanted. `aggregateId` is the aggregate that the command is for. */
export interface ScheduledFilter {
  readonly process?: string | undefined;
  readonly processId?: string | undefined;
  readonly type?: string | undefined;
  readonly aggregateId?: string | undefined;
}

/** Where a command stands among those that wait for their moment. */
export type ScheduledPlace = Pick<CommandRecord, "dueAt" | "seq">;

/** Commands that wait for their moment, for their turn, or for another attempt. */
export interface CommandQueue {
  /** Returns the command's `seq`. */
  add(command: NewCommand): number;
  /** Puts a command back where it was, for a further try or at another moment, of which the id of one from outside takes note. */
  restore(command: CommandRecord): void;
  /** Removes a command. Returns whether the command was there. */
  remove(seq: number): boolean;
  /** Whether a command is there, has failed so often, and is not parked. */
  isReady(seq: number, attempts: number): boolean;
  /** Removes a command of an instance by its id. Returns whether the command was there. */
  withdraw(processId: string, commandId: string): boolean;
  /** Notes a failed attempt. Returns whether the command was there with `attempts - 1`. */
  delay(seq: number, failure: { attempts: number; notBefore: number; firstFailedAt: number }): boolean;
  /**
   * The commands of a lane that are not parked, up to `limit`. The lane of an instance is named by its processId. A lane of its own has one
   * command, and is named by the processId, a space and the commandId. The command that has been tried is first, even while it waits for a
   * retry. The others follow in order of due time, and those that are due at the same moment in order of dispatch.
   */
  read(lane: string, limit: number): readonly CommandRecord[];
  /** Those of the instances, by their processIds, whose lane has a command that is not parked. */
  listBusy(processIds: readonly string[]): readonly string[];
  /** All commands of an instance, parked or not, in order of dispatch. */
  list(processId: string): readonly CommandRecord[];
  /** The commands of an instance, parked or not, that have this id or this key, in order of dispatch. What a chart has invoked is not among them. */
  named(processId: string, name: string): readonly CommandRecord[];
  /**
   * Holds back the commands that the event handlers of an instance dispatched, or releases them. One that has a lane of its own is not among them
   * unless a chart has invoked it.
   */
  setParked(processId: string, parked: boolean): void;
  /** An instance's parked commands in order of dispatch. */
  readParked(processId: string): readonly CommandRecord[];
  /** A command by its id; `undefined` if it is not there. It reads all commands that are stored. */
  find(commandId: string): CommandRecord | undefined;
  /**
   * The commands that are due after `now` and whose turn has never come, parked or not, in order of due time and then of dispatch. What a chart has
   * invoked is not among them. `after` is the place of the last one of the page before.
   */
  scheduled(filter: ScheduledFilter, now: number, limit: number, after: ScheduledPlace | undefined): readonly CommandRecord[];
  /** The highest `seq` there is; 0 without commands. */
  lastSeq(): number;
  /** How many commands of each of these types are due by `now` and not parked; types without any are left out. */
  countDue(now: number, types: readonly string[]): ReadonlyMap<string, number>;
  counts(now: number): { readonly pending: number; readonly overdue: number; readonly parked: number };
}
