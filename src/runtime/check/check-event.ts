import type { Domain } from "../../definition/model/definition.ts";
import type { DispatchedEvent } from "../../definition/model/dispatched-event.ts";
import { eventIds, findUnknownField } from "../../definition/model/event-fields.ts";
import { ProcessError } from "../../errors.ts";
import type { NewEvent } from "../../store/events.ts";
import type { Limits } from "./settings.ts";
import { findIdProblem, findTypeProblem } from "./id.ts";
import { describeKind, isPlainObject, type WrittenJson } from "../../platform/json.ts";
import { readMoment } from "./moment.ts";
import { checkPayload } from "./payload.ts";

/** What events are checked by. */
export interface EventRules {
  readonly domain: Pick<Domain, "events">;
  readonly limits: Limits;
}

/** Where an event's missing fields come from. */
export interface EventDefaults {
  readonly now: number;
  readonly nextId: () => string;
  readonly correlationId?: string;
  readonly causationId?: string;
}

/** Where an event was given. It becomes text only if the event is refused, because that text would be made for each event otherwise. */
export interface EventPlace {
  /** The place in the list of events, counted from 0. */
  readonly index: number;
  /** How many events the list has. */
  readonly count: number;
  /** What the message says before "event", such as which command returned the list. */
  readonly of: string;
}

/**
 * An event that can be stored. It is returned at once unless the payload's schema is asynchronous.
 * @throws ProcessError `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`, with the event's `index` and the `problem` among the details
 */
export function checkEvent(
  input: unknown,
  { domain, limits }: EventRules,
  defaults: EventDefaults,
  place: EventPlace,
): NewEvent | Promise<NewEvent> {
  if (!isPlainObject(input)) throw refuse(place, `it is ${describeKind(input)}, not an event`, input);
  const typeProblem = findTypeProblem(input["type"], limits);
  if (typeProblem !== undefined) throw refuse(place, `its type ${typeProblem}`, input);
  const unknown = findUnknownField(input);
  if (unknown !== undefined) throw refuse(place, unknown, input, String(input["type"]));
  for (const field of eventIds) {
    const problem = input[field] === undefined && field !== "aggregateId" ? undefined : findIdProblem(input[field], limits);
    if (problem !== undefined) throw refuse(place, `its ${field} ${problem}`, input, String(input["type"]));
  }
  const occurredAt = input["occurredAt"] === undefined ? defaults.now : readMoment(input["occurredAt"]);
  if (typeof occurredAt === "object") throw refuse(place, `its occurredAt ${occurredAt.problem}`, input, String(input["type"]));

  // The cast holds, because all fields except the payload are checked above.
  const { type, aggregateId, payload = {}, eventId, correlationId, causationId } = input as unknown as DispatchedEvent;
  const finish = (checked: WrittenJson): NewEvent => {
    if ("problem" in checked) {
      throw new ProcessError("EVENT_PAYLOAD_INVALID", `${describePlace(place, type)}, aggregate "${aggregateId}": ${checked.problem}`, {
        hint: "Nothing was accepted. Payloads are plain JSON and match the schema of their event.",
        details: { index: place.index, type, aggregateId, problem: checked.problem },
        cause: checked.cause,
      });
    }
    return {
      eventId: eventId ?? defaults.nextId(),
      type,
      aggregateId,
      payload: checked.json,
      occurredAt,
      acceptedAt: defaults.now,
      correlationId: correlationId ?? defaults.correlationId ?? null,
      causationId: causationId ?? defaults.causationId ?? null,
    };
  };
  const checked = checkPayload(payload, domain.events.get(type)?.schema, limits);
  return checked instanceof Promise ? checked.then(finish) : finish(checked);
}

/** `event 2 of 3 (OrderPlaced)`; an event that was given alone is only `event`. */
function describePlace({ index, count, of }: EventPlace, type?: string): string {
  return `${of}event${count === 1 ? "" : ` ${index + 1} of ${count}`}${type === undefined ? "" : ` (${type})`}`;
}

function refuse(place: EventPlace, problem: string, input: unknown, type?: string): ProcessError {
  return new ProcessError("EVENT_INVALID", `${describePlace(place, type)}: ${problem}`, {
    hint: "Nothing was accepted. An event is { type, aggregateId, payload?, eventId?, occurredAt?, correlationId?, causationId? }.",
    details: { index: place.index, ...identify(input), problem },
  });
}

/** What says which event it is. The rest is the caller's, and may hold what is not to be in a log. */
function identify(input: unknown): Partial<Pick<DispatchedEvent, (typeof told)[number]>> {
  if (!isPlainObject(input)) return {};
  const isBrief = (value: unknown) => typeof value === "string" && value.length <= LONGEST_TOLD;
  return Object.fromEntries(told.map((field) => [field, input[field]]).filter(([, value]) => isBrief(value)));
}

const told = ["type", "aggregateId", "eventId"] as const;

const LONGEST_TOLD = 1_000;
