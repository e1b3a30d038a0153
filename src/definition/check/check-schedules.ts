import { acceptJson } from "../model/accept-json.ts";
import { type EventDeclaration, listEventTypes, type ProcessDefinition } from "../model/definition.ts";
import type { PolicyDefinition } from "../model/policy.ts";
import type { Schedule, ScheduledEvent } from "../model/schedule.ts";
import type { Report } from "../report/report.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";

/** Checks the events of schedules that are the same at each moment: whether somebody reacts, and whether the schema takes the payload. */
export async function checkSchedules(
  {
    schedules,
    definitions,
    policies,
    events,
  }: {
    readonly schedules: Iterable<Schedule>;
    readonly definitions: readonly ProcessDefinition[];
    readonly policies: readonly PolicyDefinition[];
    readonly events: ReadonlyMap<string, EventDeclaration>;
  },
  report: Report,
): Promise<void> {
  const known = new Set([...definitions.flatMap(listEventTypes), ...policies.map(({ on }) => on)]);
  for (const { event, source } of schedules) {
    if (event === undefined || typeof event === "function") continue;
    if (!known.has(event.type)) reportUnrouted(event, source, known, report);
    const schema = events.get(event.type)?.schema;
    const checked = schema && (await acceptJson(schema, event.payload ?? {}, { name: "payload", limit: Number.MAX_SAFE_INTEGER }));
    if (checked === undefined || !("problem" in checked)) continue;
    report.error("SCHEDULE_INVALID", {
      file: source,
      reason: `the payload of ${event.type}: ${checked.problem}`,
      fix: "Give the event a payload that matches its schema, or a function of the moment that does.",
    });
  }
}

function reportUnrouted({ type }: ScheduledEvent, file: string, known: ReadonlySet<string>, report: Report): void {
  const close = suggestName(type, known);
  report.warning("SCHEDULE_UNROUTED", {
    file,
    reason: `nothing reacts to ${type}, so that the schedule has no effect${didYouMean(close)}`,
    fix: `Let a process start by it or handle it, or a policy react to it${close === undefined ? "" : `, or write ${close}`}.`,
  });
}
