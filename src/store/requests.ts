import type { Intervention } from "./intervention.ts";
import type { MailboxKey } from "./mailbox.ts";

/** What an OS process that is not the worker asks of the worker. Times are milliseconds since 1970. */
export type RequestBody =
  /**
   * `accepted` events have been put into these mailboxes; with `letters`, some have become dead letters instead. It is left only where a worker
   * may run: one that starts looks at all of them. `lanes`: those of commands that were accepted too, with the moments at which these are due.
   */
  | {
      readonly kind: "wake";
      readonly mailboxes: readonly MailboxKey[];
      readonly accepted: number;
      readonly letters?: true;
      readonly lanes?: readonly DueLane[];
    }
  | Intervention;

/** The lane of a command that was accepted, and when the command is due, in milliseconds since 1970. */
export interface DueLane {
  readonly lane: string;
  readonly dueAt: number;
}

export interface RequestRecord {
  readonly id: number;
  readonly requestedAt: number;
  readonly body: RequestBody;
}

/** What the worker answers: `refusal` is JSON text of a ProcessError's fields. */
export type RequestAnswer = { readonly outcome: "done" } | { readonly outcome: "refused"; readonly refusal: string };

export interface Requests {
  /** Adds a request and returns its id. */
  add(body: RequestBody, requestedAt: number): number;
  /**
   * The same, but takes over an open request with this body that is from `before` that moment or at it, because nobody waits for its answer any
   * more: its moment becomes `requestedAt`. However often the same is asked for, no more requests are open than there are askers who wait.
   */
  ask(body: Intervention, requestedAt: number, before: number): number;
  /** Requests that have no answer yet, in order. */
  open(limit: number): readonly RequestRecord[];
  answer(id: number, answer: RequestAnswer): void;
  readAnswer(id: number): RequestAnswer | undefined;
  remove(id: number): void;
  /** Removes all requests to wake mailboxes. */
  removeWakes(): void;
  /** Removes requests from before `moment` that were answered and whose asker has gone. */
  prune(moment: number): void;
}
