import type { DispatchedEvent } from "../definition/model/dispatched-event.ts";
import { parseDuration } from "../platform/duration.ts";
import { systemIds } from "../platform/ids.ts";
import { isPlainObject } from "../platform/json.ts";
import type { Receipt } from "../runtime/commit/accept.ts";
import { Refusal } from "../serve/refusal.ts";
import { answerJson } from "./answer.ts";
import type { HttpSystem } from "./http-system.ts";
import { readQuery, readWord, refuseQuery } from "./query.ts";
import { findHandled, type HandledStep, watchHandled } from "./wait-handled.ts";

const DEFAULT_TIMEOUT = "5s";
const LONGEST_TIMEOUT_MS = 60_000;

/** What became of an event: the receipt, and how it was handled where that was waited for. */
type Told = Receipt & { readonly handled?: HandledStep | undefined };

/**
 * Dispatches an event, or a list of events in one commit, and answers when they are durable; with `wait=handled` when each of them was handled by
 * an instance.
 */
export async function dispatchEvents(system: HttpSystem, request: Request, body: unknown): Promise<Response> {
  const timeoutMs = readWait(new URL(request.url));
  const isList = Array.isArray(body);
  // Whatever is no event is refused by the system, which names the place of it in a list.
  const events = (isList ? body : [nameEvent(body, readKey(request))]) as readonly DispatchedEvent[];
  const tell = (told: readonly Told[], status: number) => answerJson(isList ? { events: told } : told[0], status);
  if (isList && readKey(request) !== undefined) {
    throw new Refusal(
      400,
      "HEADER_INVALID",
      "The header Idempotency-Key names one event, and the body has a list.",
      "Give each an eventId.",
    );
  }
  if (timeoutMs === undefined) return tell(await within(request, system, async () => system.dispatch(events)), 202);
  refuseElsewhere(system, "is told when an event is handled");
  const { told, isHandled } = await within(request, system, async () => dispatchAndWait(system, events.map(identify), timeoutMs));
  return tell(told, isHandled ? 200 : 202);
}

/** Calls `task` below the span that the request names in its headers, where the system has telemetry. */
function within<Result>({ headers }: Request, { telemetry }: Pick<HttpSystem, "telemetry">, task: () => Promise<Result>): Promise<Result> {
  return telemetry === undefined ? task() : telemetry.within(headers, task);
}

async function dispatchAndWait(
  system: HttpSystem,
  events: readonly DispatchedEvent[],
  timeoutMs: number,
): Promise<{ readonly told: readonly Told[]; readonly isHandled: boolean }> {
  const watch = watchHandled(
    system,
    events.flatMap((event) => event?.eventId ?? []),
  );
  try {
    const receipts = await system.dispatch(events);
    const before = new Map<string, HandledStep | undefined>();
    for (const [index, { eventId, outcome }] of receipts.entries()) {
      if (outcome === "duplicate") before.set(eventId, await findHandled(system, { eventId, aggregateId: events[index]!.aggregateId }));
    }
    const isOpen = ({ eventId, outcome }: Receipt) =>
      outcome === "accepted" || (outcome === "duplicate" && before.get(eventId) === undefined);
    const awaited = receipts.filter(isOpen).map(({ eventId }) => eventId);
    await watch.until(awaited, timeoutMs);
    const told = receipts.map((receipt) => ({ ...receipt, handled: before.get(receipt.eventId) ?? watch.steps.get(receipt.eventId) }));
    return { told, isHandled: told.every(({ outcome, handled }) => outcome === "unrouted" || handled !== undefined) };
  } finally {
    watch.end();
  }
}

/** The worker alone is told of what is committed. @throws Refusal */
export function refuseElsewhere({ state }: Pick<HttpSystem, "state">, what: string): void {
  if (state === "working") return;
  throw new Refusal(
    501,
    "NOT_THE_WORKER",
    `Only the worker ${what}, and this OS process is not the worker but "${state}".`,
    "Nothing was changed.",
  );
}

function identify(event: DispatchedEvent): DispatchedEvent {
  return isPlainObject(event) && event.eventId === undefined ? { ...event, eventId: systemIds.next() } : event;
}

/** The event with the identity that the header gives it. @throws Refusal */
function nameEvent(body: unknown, key: string | undefined): unknown {
  if (key === undefined || !isPlainObject(body)) return body;
  const { eventId = key } = body;
  if (eventId === key) return { ...body, eventId };
  throw new Refusal(400, "HEADER_INVALID", "The header Idempotency-Key and the event's eventId differ.", "Give one of the two.");
}

/** With or without the quotes that a structured header has. */
function readKey({ headers }: Request): string | undefined {
  const given = headers.get("idempotency-key");
  if (given === null) return undefined;
  const key = /^"(.*)"$/.exec(given)?.[1] ?? given;
  if (key !== "") return key;
  throw new Refusal(400, "HEADER_INVALID", "The header Idempotency-Key is empty.");
}

/** How long to wait, in milliseconds; `undefined`: not at all. @throws Refusal; ProcessError `DURATION_INVALID` */
function readWait(url: URL): number | undefined {
  const query = readQuery(url, ["wait", "timeout"]);
  const wait = readWord(query, "wait", ["handled"]);
  const { timeout } = query;
  if (wait === undefined) {
    if (timeout === undefined) return undefined;
    throw refuseQuery("timeout says how long to wait, and nothing is waited for.", "Add wait=handled, or leave it out.");
  }
  const timeoutMs = parseDuration(timeout ?? DEFAULT_TIMEOUT, "timeout");
  if (timeoutMs <= LONGEST_TIMEOUT_MS) return timeoutMs;
  throw refuseQuery(`timeout is ${timeout} in the query.`, "It is 60s at most.");
}
