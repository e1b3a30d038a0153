import type { StateValue, Status } from "../definition/model/instance.ts";
import { stringifyExactly } from "../platform/json.ts";
import type { JournalRecord } from "../store/journal.ts";
import type { ErrorRecord } from "../definition/model/own-payloads.ts";
import { readStoredError } from "./stored-error.ts";

/**
 * What a journal entry tells of:
 * `started`: an instance began. `handled`: an event or handler step was handled. `attempt_failed`: an attempt failed and there will be
 * another. `completed`, `timed_out`, `failed`: the instance took that status. `step_failed`: a timed-out, failed or cancelled handler
 * failed for good, and the status stays. `retry_dropped`: the timeout came before the next attempt. `command_handled`,
 * `command_attempt_failed`, `command_failed`: the same for a command. `command_cancelled`, `command_rescheduled`: an operator called a
 * command off, or gave it another moment. `resumed`, `skipped`, `discarded`: an operator retried, skipped or discarded a dead letter.
 * `cancelled`: an operator cancelled the instance, or the chart that had invoked it waits for it no more. `suspended`, `unsuspended`,
 * `rescheduled`: an operator told the instance to wait or to go on, or moved its timeout. So `processes.resume` leaves `unsuspended`: the
 * name `resumed` was given to the retry of a dead letter before instances could be suspended, and names that are stored stay. `migrated`:
 * the step that follows it brought the instance over to a newer version of its process. `erased`: the instance's context was erased, with
 * what the entries before it told of events, commands and errors.
 */
export type JournalKind =
  | "started"
  | "handled"
  | "attempt_failed"
  | "completed"
  | "timed_out"
  | "failed"
  | "step_failed"
  | "retry_dropped"
  | "command_handled"
  | "command_attempt_failed"
  | "command_failed"
  | "command_cancelled"
  | "command_rescheduled"
  | "resumed"
  | "skipped"
  | "discarded"
  | "migrated"
  | "cancelled"
  | "suspended"
  | "unsuspended"
  | "rescheduled"
  | "erased";

/** One thing that happened to an instance. */
export interface JournalEntry extends JournalFacts<Date> {
  readonly at: Date;
  readonly kind: JournalKind;
  readonly processId: string;
}

/** The facts of an entry. Each is there where it applies. Moments are stored in milliseconds since 1970. */
export interface JournalFacts<Moment = number> {
  /** The instance's status after the entry. */
  readonly status?: Status;
  readonly event?: { readonly eventId: string; readonly type: string };
  readonly command?: { readonly commandId: string; readonly type: string };
  readonly handler?: string;
  readonly attempt?: number;
  /** What the handler dispatched. */
  readonly commands?: readonly { readonly commandId: string; readonly type: string; readonly dueAt: Moment; readonly key?: string }[];
  /** What the handler took back, or replaced by another command of its key. */
  readonly withdrawn?: readonly { readonly commandId: string; readonly type: string }[];
  /** Events that a command handler returned. */
  readonly events?: readonly { readonly eventId: string; readonly type: string }[];
  readonly error?: ErrorRecord;
  readonly retryAt?: Moment;
  /** When the timeout or the command was due; of a handled step, when the timeout is due that it has moved. */
  readonly dueAt?: Moment;
  /** The handler has cancelled the timeout of the instance. */
  readonly timeoutCancelled?: true;
  readonly deadLetterId?: string;
  readonly reason?: string;
  /** Who asked for it, where an operator did and said so. */
  readonly by?: string;
  /** The keys of the context that it changed, with their values after it; of `started`, the context that the instance began with. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Keys that the context has no more. */
  readonly contextWithout?: readonly string[];
  readonly outcome?: string;
  /** The timer of the chart that came due, such as `awaitingPayment after 3d`. */
  readonly timer?: string;
  /** Where the instance stands in the chart of its process after it, if that changed. */
  readonly state?: StateValue;
  /** The versions of the process between which a migration led. */
  readonly from?: number;
  readonly to?: number;
  /** Whether an operator has edited the payload of what is retried. The settled letter has both payloads. */
  readonly edited?: true;
  /** What a discarded dead letter or a cancelled instance took with it, or what was skipped. */
  readonly dropped?: readonly { readonly id: string; readonly type: string }[];
}

/** Facts on their way to the journal. A fact may be undefined, because JSON leaves it out then. */
export type NewFacts = { readonly [Fact in keyof JournalFacts]?: JournalFacts[Fact] | undefined };

export function createJournalRecord(processId: string, at: number, kind: JournalKind, facts: NewFacts): JournalRecord {
  return { processId, at, kind, data: facts.context === undefined ? JSON.stringify(facts) : stringifyExactly(facts) };
}

export function recordToJournalEntry({ processId, at, kind, data }: JournalRecord): JournalEntry {
  const { retryAt, dueAt, commands, error, ...facts } = JSON.parse(data) as JournalFacts;
  return {
    at: new Date(at),
    kind: kind as JournalKind,
    processId,
    ...facts,
    ...(error !== undefined && { error: readStoredError(error) }),
    ...(commands !== undefined && { commands: commands.map((command) => ({ ...command, dueAt: new Date(command.dueAt) })) }),
    ...(retryAt !== undefined && { retryAt: new Date(retryAt) }),
    ...(dueAt !== undefined && { dueAt: new Date(dueAt) }),
  };
}
