import { deriveId } from "../../platform/ids.ts";
import { isTraceparent } from "../../platform/traceparent.ts";
import { formatBytes } from "../../platform/size.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import { parseExactJson } from "../../platform/exact-json.ts";
import type { AddressedEvent } from "../decide/changes.ts";
import type { EventRoutes } from "../decide/router.ts";
import type { InboxRow } from "../../store/inbox.ts";
import { checkEvent, type EventRules } from "./check-event.ts";

/**
 * The event that a row of the inbox says. It is returned at once unless the payload's schema is asynchronous.
 * @throws ProcessError `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`
 */
export function checkRow(row: InboxRow, rules: EventRules, now: number): AddressedEvent | Promise<AddressedEvent> {
  const { number, type, aggregateId, correlationId, causationId, oversize } = row;
  const of = `row ${number} of perdure_inbox: `;
  if (oversize !== null) throw refuse(row, `it is ${formatBytes(oversize)} long, of which only the beginning is kept here`);
  const event = {
    type,
    aggregateId,
    payload: readPayload(row),
    eventId: row.eventId ?? nameRow(row),
    ...(row.occurredAt !== null && { occurredAt: readOccurredAt(row.occurredAt) }),
    ...(correlationId !== null && { correlationId }),
    ...(causationId !== null && { causationId }),
  };
  const alsoFor = readRoutes(row);
  // What was checked when it was enqueued is as that schema gives it, and this one may be older.
  const checking = alsoFor === undefined ? rules : { ...rules, domain: { events: NO_EVENTS } };
  const checked = checkEvent(event, checking, { now, nextId: () => nameRow(row) }, { index: 0, count: 1, of });
  const { traceparent } = row;
  const more = { ...(isTraceparent(traceparent) && { traceparent }), ...(alsoFor !== undefined && { alsoFor }) };
  return checked instanceof Promise ? checked.then((accepted) => ({ ...accepted, ...more })) : { ...checked, ...more };
}

const NO_EVENTS: EventRules["domain"]["events"] = new Map();

function readRoutes(row: InboxRow): EventRoutes | undefined {
  const { routes = null } = row;
  if (routes === null) return undefined;
  try {
    const { processes, policies, isKnown } = (typeof routes === "string" ? JSON.parse(routes) : {}) as EventRoutes;
    if (Array.isArray(processes) && Array.isArray(policies)) return { processes, policies, isKnown };
  } catch {
    // What is no JSON is refused as any other text is.
  }
  throw refuse(row, "its routes are not such as enqueue writes; leave that column out");
}

function readPayload(row: InboxRow): unknown {
  const { payload } = row;
  if (payload === null) return undefined;
  if (typeof payload !== "string") throw refuse(row, "its payload is a BLOB; write it as text, such as json_object('cents', 4200)");
  try {
    return parseExactJson(payload);
  } catch (error) {
    throw refuse(row, `its payload ${errorToText(error)}`);
  }
}

/** Milliseconds that were written as text, because the program binds everything as text, are milliseconds. */
function readOccurredAt(occurredAt: unknown): unknown {
  return typeof occurredAt === "string" && /^-?\d{5,}$/.test(occurredAt) ? Number(occurredAt) : occurredAt;
}

/** The same row has the same name each time it is read. The fields keep rows of different files apart that have one number. */
function nameRow({ number, type, aggregateId, payload, occurredAt }: InboxRow): string {
  return deriveId(`inbox/${number}/${JSON.stringify([type, aggregateId, payload, occurredAt])}`);
}

function refuse({ number, type, aggregateId }: InboxRow, problem: string): ProcessError {
  return new ProcessError("EVENT_INVALID", `row ${number} of perdure_inbox: ${problem}`, {
    hint: "The row was taken out of the inbox, and is in its dead letter.",
    details: { number, type, aggregateId, problem },
  });
}
