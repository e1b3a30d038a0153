import type { Domain } from "../../definition/definition.ts";
import { ProcessError } from "../../errors.ts";
import type { NewEvent } from "../../store/events.ts";
import { isPlainObject } from "./json.ts";
import { type CheckedPayload, checkPayload } from "./payload.ts";

/** An event as it is given to `dispatch`. Fields that are not listed are not kept. */
export interface DispatchedEvent {
  /** PascalCase, such as `OrderPlaced`. */
  readonly type: string;
  readonly aggregateId: string;
  /** A JSON value its schema accepts; an object if the event has no schema. Default `{}`. */
  readonly payload?: unknown;
  /** Names the event: one that was accepted before changes nothing. Default: a new one. */
  readonly eventId?: string;
  /** A `Date`, an ISO 8601 text, or milliseconds since 1970. Delays and timeouts count from it. Default: now. */
  readonly occurredAt?: Date | string | number;
  readonly correlationId?: string;
  readonly causationId?: string;
}

/** Where an event's missing fields come from. */
export interface EventDefaults {
  readonly now: number;
  readonly nextId: () => string;
  readonly correlationId?: string;
  readonly causationId?: string;
}

/**
 * An event that can be stored. It answers at once unless the payload's schema is asynchronous.
 * @throws ProcessError `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`; `place` says where the event stood, such as `event 2 of 3`
 */
export function checkEvent(input: unknown, domain: Domain, defaults: EventDefaults, place: string): NewEvent | Promise<NewEvent> {
  if (!isPlainObject(input)) throw refuse(place, `it is ${input === null ? "null" : `a ${typeof input}`}, not an event`, input);
  const { type, aggregateId, payload = {}, eventId, correlationId, causationId } = input;
  if (!isText(type)) throw refuse(place, "its type is missing or no text", input);
  const name = `${place} (${type})`;
  if (!isText(aggregateId)) throw refuse(name, "its aggregateId is missing or no text", input);
  for (const field of optionalTexts) {
    if (input[field] !== undefined && !isText(input[field])) throw refuse(name, `its ${field} is no text`, input);
  }
  const occurredAt = readMoment(input["occurredAt"], defaults.now);
  if (occurredAt === undefined) throw refuse(name, `its occurredAt (${String(input["occurredAt"])}) is no moment`, input);

  const finish = (checked: CheckedPayload): NewEvent => {
    if ("problem" in checked) {
      throw new ProcessError("EVENT_PAYLOAD_INVALID", `${name}, aggregate "${aggregateId}": ${checked.problem}`, {
        hint: "Nothing was accepted. Payloads are plain JSON and match the schema under events/.",
        details: { type, aggregateId, problem: checked.problem },
      });
    }
    return {
      eventId: (eventId as string | undefined) ?? defaults.nextId(),
      type,
      aggregateId,
      payload: checked.json,
      occurredAt,
      acceptedAt: defaults.now,
      correlationId: (correlationId as string | undefined) ?? defaults.correlationId ?? null,
      causationId: (causationId as string | undefined) ?? defaults.causationId ?? null,
    };
  };
  const checked = checkPayload(payload, domain.events.get(type)?.schema);
  return checked instanceof Promise ? checked.then(finish) : finish(checked);
}

const optionalTexts = ["eventId", "correlationId", "causationId"] as const;

// ISO 8601 with a date first: Date.parse alone takes "1" for a year.
const ISO_MOMENT = /^\d{4}-\d\d-\d\d(?:$|[T ])|^[+-]\d{6}-/;

function readMoment(value: unknown, now: number): number | undefined {
  if (value === undefined) return now;
  const isReadable = value instanceof Date || typeof value === "number" || (typeof value === "string" && ISO_MOMENT.test(value));
  const moment = isReadable ? new Date(value).getTime() : Number.NaN;
  return Number.isNaN(moment) || (typeof value === "string" && !isOnCalendar(value)) ? undefined : moment;
}

// Date takes the 30th of February for the 2nd of March.
function isOnCalendar(text: string): boolean {
  const [date = ""] = /^[+-]?\d+-\d\d-\d\d/.exec(text) ?? [];
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}

function isText(value: unknown): value is string {
  // Half of a surrogate pair has no bytes in UTF-8: two different identities would become one.
  return typeof value === "string" && value !== "" && value.isWellFormed();
}

function refuse(place: string, problem: string, input: unknown): ProcessError {
  return new ProcessError("EVENT_INVALID", `${place}: ${problem}`, {
    hint: "Nothing was accepted. An event is { type, aggregateId, payload?, eventId?, occurredAt? }.",
    details: { event: input },
  });
}
