import type { EventDeclaration } from "../model/definition.ts";
import { isStandardSchema, type StandardSchema } from "../model/standard-schema.ts";
import { describeValue, type Report } from "../report/report.ts";
import { reportUnknownKeys } from "../report/unknown-keys.ts";
import { readGivenPayload } from "./given-payload.ts";
import { checkEventName } from "./process-config.ts";

/**
 * The events that code declares by type, `{ OrderPlaced: { payload } }`. `file` is named in what is reported, and as where each event is
 * declared; the option `events` has none, because it is the place itself.
 */
export function readGivenEvents(given: Readonly<Record<string, unknown>>, file: string | undefined, report: Report): EventDeclaration[] {
  return Object.entries(given).flatMap(([type, said]) => {
    const place = `events.${type}`;
    if (!checkEventName(type, "events", file ?? place, report)) return [];
    // What is wrong with its payload is reported, and the event is declared all the same, for its key says which.
    const schema = readGiven(said, { place, file: file ?? place }, report);
    return [{ type, schema, source: file === undefined ? place : `${file}.${place}`, isInCode: true }];
  });
}

/**
 * All events by type. One that several places declare has one schema, whichever of them gives it: an entry in code that gives none only says that
 * there is the event.
 */
export function joinEvents(
  files: ReadonlyMap<string, EventDeclaration>,
  given: readonly EventDeclaration[],
  report: Report,
): ReadonlyMap<string, EventDeclaration> {
  const events = new Map(files);
  for (const event of given) {
    const { type, schema, source } = event;
    const other = events.get(type);
    const isFirst = other === undefined || (other.schema === undefined && other.isInCode);
    if (isFirst) events.set(type, event);
    else if (schema !== undefined && schema !== other.schema) reportDuplicate({ type, source }, other, report);
  }
  return events;
}

function reportDuplicate({ type, source }: Pick<EventDeclaration, "type" | "source">, other: EventDeclaration, report: Report): void {
  report.error("EVENT_DUPLICATE", {
    file: source,
    reason: `the event ${type} has a payload here, and is declared by ${other.source} as well`,
    fix: `Leave the payload to one of the two, or give the same schema in both; an event's type is the same for all aggregates.`,
  });
}

/** Where the entry of an event was given: its key, and the file name of what is reported. */
interface EntryPlace {
  readonly place: string;
  readonly file: string;
}

function readGiven(said: unknown, { place, file }: EntryPlace, report: Report): StandardSchema | undefined {
  if (isStandardSchema(said) || typeof said !== "object" || said === null || Array.isArray(said)) {
    report.error("PAYLOAD_INVALID", {
      file,
      reason: `${place} has to be an object with the key payload, but is ${isStandardSchema(said) ? "a schema" : describeValue(said)}`,
      fix: `Write ${place.slice("events.".length)}: { payload: z.object({ … }) }, or {} to accept any payload.`,
    });
    return undefined;
  }
  reportUnknownKeys(said, ["payload"], { owner: place, file }, report);
  const { payload }: { readonly payload?: unknown } = said;
  return readGivenPayload(payload, { place: `${place}.payload`, file }, report);
}
