import { didYouMean, suggestName } from "../../platform/suggest.ts";

/** The fields of an event that name something. */
export const eventIds = ["aggregateId", "eventId", "correlationId", "causationId"] as const;

const fields: ReadonlySet<string> = new Set(["type", "payload", "occurredAt", ...eventIds]);

// What other systems call the fields of an event, where the spelling alone does not suggest the right name.
const fieldByOtherName: Readonly<Record<string, string>> = {
  id: "eventId",
  data: "payload",
  body: "payload",
  name: "type",
  time: "occurredAt",
  date: "occurredAt",
  timestamp: "occurredAt",
  createdAt: "occurredAt",
  subject: "aggregateId",
};

/** Says which field of an event there is not, so that what was meant by it is not lost; `undefined` if all are known. */
export function findUnknownField(event: object): string | undefined {
  const field = Object.keys(event).find((name) => !fields.has(name));
  if (field === undefined) return undefined;
  const close = Object.hasOwn(fieldByOtherName, field) ? fieldByOtherName[field] : suggestName(field, fields);
  return `an event has no field ${JSON.stringify(field)}${didYouMean(close)}`;
}
