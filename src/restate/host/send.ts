import type { AddressedEvent } from "../../runtime/decide/changes.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { KeptKey } from "../wire/kept-key.ts";
import type { NewEvent } from "../../store/events.ts";
import type { AcceptInput, ForgetInput, IntakeInput } from "../wire/messages.ts";
import { idempotencyKeyOf, serviceOf } from "../wire/names.ts";
import type { Parts } from "./parts.ts";
import type { Send, ServiceContext } from "./sdk.ts";

/** A message without how it is written. */
type Message = Omit<Send, "inputSerde">;

/** Sends a message, which arrives exactly once if the turn that sends it ends. */
export function send(
  context: ServiceContext,
  { sdk }: Pick<Parts, "sdk">,
  message: Message,
): { readonly invocationId: PromiseLike<string> } {
  return context.genericSend({ ...message, inputSerde: sdk.serde.json });
}

/** The message that brings an event to a key. It is accepted there once. */
export function bringTo({ process, aggregateId }: MailboxKey, event: AcceptInput): Message {
  return {
    service: serviceOf(process),
    method: "accept",
    key: aggregateId,
    parameter: event,
    idempotencyKey: idempotencyKeyOf(event.eventId),
  };
}

/** The messages that bring an event from a key to whom it is for; none if no process knows it. */
export function bringFrom(
  kept: KeptKey,
  event: AddressedEvent,
  { rules, addressOf, own: { intake } }: Pick<Parts, "rules" | "addressOf" | "own">,
): readonly Message[] {
  const { to, processId, type, aggregateId } = event;
  if (to !== undefined) return [bringTo(to, to.kind === "event" ? { ...event, from: kept.key } : event)];
  if (processId !== undefined) {
    const own = findKeyOf(kept, processId);
    if (own !== undefined) return [bringTo(own, event)];
    // Of another instance only its id is known. Its aggregate is taken to be the event's.
    return rules.router(type).map(({ process }) => bringTo({ process, aggregateId }, event));
  }
  const address = addressOf(type);
  switch (address.to) {
    case "object":
      return [bringTo({ process: address.process, aggregateId }, event)];
    case "intake":
      return [bringToIntake(intake, aggregateId, [event])];
    case "nobody":
      return [];
  }
}

/** The messages that bring events on which belong to no key so far: one goes straight to whom it is for, several go as a list. */
export function bringEvents(
  events: readonly NewEvent[],
  { addressOf, own: { intake } }: Pick<Parts, "addressOf" | "own">,
): readonly Message[] {
  const known = events.filter(({ type }) => addressOf(type).to !== "nobody");
  const [first] = known;
  if (first === undefined) return [];
  const address = addressOf(first.type);
  if (known.length === 1 && address.to === "object") return [bringTo({ process: address.process, aggregateId: first.aggregateId }, first)];
  if (known.length === 1) return [bringToIntake(intake, first.aggregateId, known)];
  // A list has no key of its own, because one of its events may have been accepted before.
  return splitList(known).map((parameter) => ({ service: intake, method: "accept", key: first.aggregateId, parameter }));
}

// The server takes no message above 32 MB; a text of this length has 24 MB at most in UTF-8.
const LONGEST_LIST = 8_000_000;

function splitList(events: readonly NewEvent[]): readonly (readonly NewEvent[])[] {
  const lists: NewEvent[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const own = JSON.stringify(event).length;
    if (length + own > LONGEST_LIST) {
      lists.push([]);
      length = 0;
    }
    lists.at(-1)!.push(event);
    length += own;
  }
  return lists;
}

function bringToIntake(service: string, key: string, events: IntakeInput): Message {
  return { service, method: "accept", key, parameter: events, idempotencyKey: idempotencyKeyOf(events[0]!.eventId) };
}

/** The key of an instance that a key knows: one of its own, or the one whose chart has invoked its instance. */
function findKeyOf({ key, parent, instances }: KeptKey, processId: string): MailboxKey | undefined {
  if (instances.some((instance) => instance.processId === processId)) return key;
  if (parent !== null && key.aggregateId.startsWith(`${parent.process}:${processId}:`)) return parent;
  return undefined;
}

/** The message that has a key forget an instance, step by step, `sinceMs` after its end. */
export function forgetEnded(
  { process, aggregateId }: MailboxKey,
  processId: string,
  { journalMs, endedMs }: Parts["settings"]["retention"],
  sinceMs = 0,
): Message {
  const parameter: ForgetInput = { processId, what: journalMs < endedMs ? "journal" : "all" };
  const delay = Math.max(0, Math.min(journalMs, endedMs) - sinceMs);
  return { service: serviceOf(process), method: "forget", key: aggregateId, parameter, delay };
}

/** The message that reminds a key to forget which events it had seen. */
export function forgetSeen(process: string, key: string, delay: number): Message {
  const parameter: ForgetInput = { what: "seen" };
  return { service: serviceOf(process), method: "forget", key, parameter, delay };
}
