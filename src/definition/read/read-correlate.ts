import { readDuration, spanForms } from "../../platform/duration.ts";
import type { Correlate } from "../model/correlate.ts";
import { listEventTypes, type ProcessDefinition } from "../model/definition.ts";
import { describeValue, type Report } from "../report/report.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";

const example = "correlate: { [events.PaymentSettled]: (event) => event.payload.orderId }";

/** Reads `correlate` of a config. `file` is named in what is reported. */
export function readCorrelate(given: unknown, file: string, report: Report): ReadonlyMap<string, Correlate> {
  const correlate = new Map<string, Correlate>();
  if (given === undefined) return correlate;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    report.error("CORRELATE_INVALID", {
      file,
      reason: `correlate has to be an object of functions by event, but is ${describeValue(given)}`,
      fix: `Write ${example}.`,
    });
    return correlate;
  }
  for (const [type, find] of Object.entries(given)) {
    if (typeof find === "function") correlate.set(type, find as Correlate);
    else if (find !== undefined) {
      report.error("CORRELATE_INVALID", {
        file,
        reason: `correlate.${type} has to be a function, but is ${describeValue(find)}`,
        fix: `Write ${example.replace("PaymentSettled", type)}.`,
      });
    }
  }
  return correlate;
}

type Reactions = Pick<ProcessDefinition, "startedBy" | "completedBy" | "handlers" | "chart" | "correlate">;

/** Reports each event in `correlate` that the process does not react to, because its function would never be asked. */
export function checkCorrelated({ correlate, ...process }: Reactions, file: string, report: Report): void {
  const known = new Set(listEventTypes(process));
  for (const type of correlate.keys()) {
    if (known.has(type)) continue;
    const close = suggestName(type, known);
    report.error("CORRELATE_INVALID", {
      file,
      reason: `correlate names ${type}, and the process neither handles it nor starts or completes by it${didYouMean(close)}`,
      fix: close === undefined ? `Remove it, or give the process a handler for ${type}.` : `Write ${close}.`,
    });
  }
}

/** A hundred years: the moment at which an event goes has to be one that a `Date` can hold. */
const LONGEST_KEPT_MS = 100 * 365.25 * 86_400_000;

/** Reads `keepEarly` of a config, in milliseconds. */
export function readKeepEarly(given: unknown, file: string, report: Report): number | undefined {
  if (given === undefined) return undefined;
  const durationMs = readDuration(given);
  if (durationMs !== undefined && durationMs > 0 && durationMs <= LONGEST_KEPT_MS) return durationMs;
  const wrong = durationMs === undefined ? "not a duration" : durationMs === 0 ? "not longer than zero" : "longer than a hundred years";
  report.error("KEEP_EARLY_INVALID", {
    file,
    reason: `keepEarly is ${describeValue(given)}, which is ${wrong}`,
    fix: `Use ${spanForms}, such as keepEarly: "1d"; or leave keepEarly out, and early events are not kept.`,
  });
  return undefined;
}
