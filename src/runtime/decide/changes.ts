import type { CommandRecord, NewCommand } from "../../store/commands.ts";
import type { DeadLetterRecord, LetterEnd } from "../../store/dead-letters.ts";
import type { NewEvent, StoredEvent } from "../../store/events.ts";
import type { InboxRow } from "../../store/inbox.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import type { EventRoutes, Route } from "./router.ts";
import type { MailboxKey, StepKind } from "../../store/mailbox.ts";

/** Everything that one step changes, as data. It is decided first and then written in one commit (guarantee P2). */
export interface Changes {
  readonly key: MailboxKey;
  /** What the step used up. Writing it comes first and tells whether the step was committed before. */
  readonly source: Source;
  /** The instance's next row, and the row that it replaces. The replaced row's `revision` is 0 if the instance is new. */
  readonly instance?: InstanceRecord;
  readonly replaces?: InstanceRecord;
  /** Mailbox entries that end with the instance, by position. */
  readonly drop?: readonly number[];
  /** The step of the timed-out, failed or cancelled handler that comes next. */
  readonly followUp?: { readonly kind: StepKind; readonly processId: string; readonly event: NewEvent };
  readonly commands?: readonly NewCommand[];
  /** Events that a command handler returned, or that charts tell each other. */
  readonly events?: readonly AddressedEvent[] | undefined;
  readonly deadLetter?: DeadLetterRecord;
  /** The instance whose other commands are held back, because a command before them failed for good, or because it is suspended. */
  readonly parkCommandsOf?: string;
  readonly journal: readonly JournalRecord[];
  /** An attempt that failed and will be repeated, of a command that belongs to no instance and so has no journal in which that could stand. */
  readonly unjournaled?: { readonly command: CommandRecord; readonly error: ErrorRecord; readonly retryAt: number };
  /** The instance whose parked commands are released. */
  readonly releaseCommandsOf?: string;
  /**
   * Commands that are taken back although their turn may have come: an attempt that runs is cut off. These are what the chart had invoked where it
   * has left the state; and all that wait of an instance that an operator cancels, or ends by discarding its dead letter.
   */
  readonly withdrawn?: readonly { readonly processId: string; readonly commandId: string }[];
  /** Commands that are taken back by a handler, or end with the instance. */
  readonly dropCommands?: readonly { readonly lane: string; readonly seq: number }[] | undefined;
  /** The step of a retried dead letter, which comes back to the place that it had. */
  readonly restored?: RestoredStep;
  /** Whether the waiting events were parked behind a retried letter, so that one that fails becomes the next dead letter at once. */
  readonly drains?: boolean;
  /** Further dead letters that are settled. */
  readonly settles?: readonly LetterSettlement[];
  /** Whether the event concerned no open instance, so that it is only counted. */
  readonly isIgnored?: true;
  /** A row of the inbox that goes back there. */
  readonly requeued?: InboxRow;
  /** An event for which `correlate` of a process had failed, and the keys that it gives by now. */
  readonly routed?: { readonly event: StoredEvent; readonly route: Route; readonly keys: readonly string[] };
}

/** An event that may be for one instance alone, or for one mailbox alone, where it begins an instance or cancels it; or one that was relayed. */
export interface AddressedEvent extends NewEvent {
  readonly processId?: string;
  readonly to?: MailboxKey & { readonly kind: "event" | "cancelled" };
  /** Where it goes by the definitions of another OS process, which was given it; without them it goes where this system's say. */
  readonly routes?: EventRoutes;
  /** Where it goes by the definitions of whoever has enqueued it: of processes and policies to which this system's send it, these count. */
  readonly alsoFor?: EventRoutes;
}

/** A later moment for something that failed. */
export interface Failure {
  readonly attempts: number;
  readonly notBefore: number;
  readonly firstFailedAt: number;
}

export type Source =
  /** It is not taken if its instance is there by now, or waits for an event that was accepted before `unlessStartedBefore`. */
  | { readonly from: "mailbox"; readonly position: number; readonly failure?: Failure; readonly unlessStartedBefore?: number }
  | { readonly from: "command"; readonly lane: string; readonly seq: number; readonly failure?: Failure; readonly changed?: ChangedCommand }
  /** A timeout. It is not taken if an event that occurred before `unlessBefore` waits by now, because that event is handled first. */
  | { readonly from: "timeout"; readonly unlessBefore?: number }
  /** An operator changes the instance, of which nothing is used up. */
  | { readonly from: "operator" }
  /** A dead letter that an operator settles. */
  | { readonly from: "letter"; readonly settles: LetterSettlement };

/** A command that an operator changes: whose it is, and when it was due. */
export interface ChangedCommand {
  readonly processId: string;
  readonly dueAt: number;
}

/** What becomes of an open dead letter. */
export interface LetterSettlement extends LetterEnd {
  readonly deadLetterId: string;
}

/** A step that an operator retries: a mailbox entry or a command. */
export type RestoredStep =
  | { readonly kind: StepKind; readonly event: StoredEvent; readonly processId: string | null; readonly generation: number }
  | { readonly kind: "command"; readonly command: CommandRecord };

/** How many dead letters `changes` settle. */
export function countSettled({ source, settles = [] }: Changes): number {
  return settles.length + (source.from === "letter" ? 1 : 0);
}

/** How many mailbox entries `changes` remove on balance, without the events that they accept. */
export function countUsedUp({ source, drop = [], followUp, restored }: Changes): number {
  const own = source.from === "mailbox" && source.failure === undefined ? 1 : 0;
  const restoredEntries = restored === undefined || restored.kind === "command" ? 0 : 1;
  return own + drop.length - restoredEntries - (followUp === undefined ? 0 : 1);
}
