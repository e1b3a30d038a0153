import { ProcessError } from "../../errors.ts";
import type { MailboxKey } from "../../store/mailbox.ts";

/** The object of a process: `order/order-lifecycle` is `order.order-lifecycle`, because a service's name takes no slash. */
export function serviceOf(process: string): string {
  return process.replace("/", ".");
}

/** The process of an object, as `serviceOf` names it. */
export function processOf(service: string): string {
  return service.replace(".", "/");
}

/** The keys under which the state of an object lies. */
export const stateKeys = {
  /** All that has to agree: a `KeptKey`. */
  core: "core",
  /** An `InstanceRecord`, open or ended. */
  instance: (processId: string) => `${prefixes.instance}${processId}`,
  /** The `JournalRecord`s of one step; the names are in the order of the steps, and count from 1. */
  journal: (number: number) => `${prefixes.journal}${String(number).padStart(JOURNAL_DIGITS, "0")}`,
  /** A `DeadLetterRecord`, open or settled. */
  letter: (deadLetterId: string) => `${prefixes.letter}${deadLetterId}`,
} as const;

/** What the names of the state's keys begin with. */
export const prefixes = { instance: "i/", journal: "h/", letter: "letter/" } as const;

// With more steps than these digits can count, the names would not be in order any more.
const JOURNAL_DIGITS = 9;

/**
 * The idempotency key of an event, for whoever sends one to `accept`: client, intake or runner. An HTTP header carries nothing but visible
 * ASCII, and an eventId may be any text, so the rest is percent-encoded, and so is the percent sign. Different events have different keys.
 */
export function idempotencyKeyOf(eventId: string): string {
  return eventId.replace(/[^\x21-\x24\x26-\x7e]+/g, encodeURIComponent);
}

// The server takes no longer path than 65,534 characters, in which names and what precedes the ingress have room, too.
const LONGEST_IN_PATH = 60_000;

/**
 * Refuses a key that cannot be called: a URL whose path has `.` or `..` as a segment names another path, however that is written, and a path
 * cannot have any length.
 * @throws ProcessError `KEY_UNUSABLE`
 */
export function checkKey({ process, aggregateId }: MailboxKey): void {
  const length = encodeURIComponent(aggregateId).length;
  const isOtherPath = aggregateId === "." || aggregateId === "..";
  if (!isOtherPath && length <= LONGEST_IN_PATH) return;
  const start = aggregateId.slice(0, LONGEST_SHOWN);
  const key = `${JSON.stringify(start)}${start === aggregateId ? "" : "…"}`;
  const problem = isOtherPath ? "" : `: it is ${length} characters long in a URL, and ${LONGEST_IN_PATH} is the most`;
  throw new ProcessError("KEY_UNUSABLE", `process "${process}", aggregate ${key}: Restate cannot be called with this key${problem}`, {
    hint: `A key is a part of a URL's path there. Give the aggregate ${isOtherPath ? "another id, such as one with a prefix" : "a shorter id"}.`,
    details: { process, aggregateId },
  });
}

const LONGEST_SHOWN = 100;
