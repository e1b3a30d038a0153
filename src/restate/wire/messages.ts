import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import type { PolicyAttempted } from "../../runtime/core/policy-attempt.ts";
import type { AddressedEvent, Changes } from "../../runtime/decide/changes.ts";
import type { CommandRecord, NewCommand } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { CommandIntervention, InstanceIntervention, Settlement } from "../../store/intervention.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { MailboxEntry, MailboxKey } from "../../store/mailbox.ts";
import type { KeptCommand, KeptKey } from "./kept-key.ts";

/** What `accept` of a process's object takes. It returns a `Receipt`. */
export interface AcceptInput extends AddressedEvent {
  /** `asked`: `correlate` of the process failed for the event, so the key has the letter of that. */
  readonly keys?: "asked";
  /** The key whose instance has invoked this one's. */
  readonly from?: MailboxKey;
}

/** What `accept` of the object of commands from outside takes. It returns the command's `dueAt`, in milliseconds since 1970. */
export type OutsideInput = NewCommand;

/** What `accept` of the intake takes: a list that is accepted as a whole. It returns a `Receipt` for each. */
export type IntakeInput = readonly AddressedEvent[];

/** What `wake` takes. `at` and `isLast` are those of the armed wake, or it is out of date. */
export interface WakeInput {
  readonly at: number;
  readonly isLast: boolean;
}

/** What `run` of the commands' service takes: one attempt. */
export interface RunInput {
  /** The object that is told what came of it. */
  readonly service: string;
  readonly key: string;
  readonly command: CommandRecord;
  /** The instance of the command, as handlers are shown it. */
  readonly instance?: InstanceRecord;
}

/** What `commandSettled` takes. */
export interface CommandSettledInput {
  readonly seq: number;
  readonly commandId: string;
  readonly result: CommandResult;
  readonly now: number;
}

export type CommandResult =
  /** It succeeded, or is tried again, or its chart says what follows. */
  | { readonly outcome: "decided"; readonly changes: Changes }
  /** An attempt of a policy has succeeded. What gives way to what it has dispatched is known in its key. */
  | { readonly outcome: "policy"; readonly attempted: PolicyAttempted; readonly traceparent?: string }
  /** It has no attempts left. */
  | { readonly outcome: "given-up"; readonly error: ErrorRecord }
  /** The attempt was cut off, so it does not count. */
  | { readonly outcome: "cut" };

/** What `settle` takes. */
export interface SettleInput {
  readonly deadLetterId: string;
  readonly settlement: Settlement;
}

/** What `change` takes: what an operator asks of an instance, or of a command that waits. */
export type ChangeInput = InstanceIntervention | CommandIntervention;

/** What `lookAgain` takes: invocations that the key may be waiting for, and that somebody has killed or purged. */
export interface LookAgainInput {
  readonly lost: readonly string[];
}

/** What `read` takes. */
export interface ReadInput {
  /** Whose journal is wanted too. */
  readonly processId?: string;
}

/** What `read` returns. Two parts of it can be of two moments, because it never waits for a handler. */
export interface KeyView {
  /** Open and ended ones, newest first. */
  readonly instances: readonly InstanceRecord[];
  /** In order of position. */
  readonly entries: readonly MailboxEntry[];
  readonly commands: readonly KeptCommand[];
  /** Open and settled ones, oldest first. */
  readonly letters: readonly DeadLetterRecord[];
  readonly counters: Pick<KeptKey, "accepted" | "ignored">;
  /** Of the instance that was named, oldest first. */
  readonly journal?: readonly JournalRecord[];
}

/** What `forget` takes. */
export type ForgetInput = ForgetInstance | { readonly what: "seen" };

/** An instance that is past its retention. */
export interface ForgetInstance {
  readonly processId: string;
  /** `journal`: its journal alone. `all`: its row and its settled letters too. */
  readonly what: "journal" | "all";
}

/**
 * What `importKey` takes: a key as another host has kept it. It returns whether it has written anything. Nothing of the key is done until
 * `beginKey`, unless something is dispatched for it, because what it does may concern keys that are not imported yet.
 */
export interface KeyExport {
  /** Names the export. To import the same one again changes nothing. */
  readonly importId: string;
  readonly kept: Omit<KeptKey, "lastJournal" | "running" | "wake" | "importedFrom">;
  /** All there are, open and ended. */
  readonly instances: readonly InstanceRecord[];
  /** All there are, open and settled. */
  readonly letters: readonly DeadLetterRecord[];
  /** Of all its instances, oldest first. */
  readonly journal: readonly JournalRecord[];
}

/** What `beginKey` takes. It returns whether the key was imported from that export. */
export interface BeginInput {
  readonly importId: string;
}
