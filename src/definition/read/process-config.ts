import { readDuration, spanForms } from "../../platform/duration.ts";
import type { AttemptSettings } from "../model/attempt-settings.ts";
import type { CompleteWhen, ProcessTimeout } from "../model/definition.ts";
import type { Correlate } from "../model/correlate.ts";
import { isPascalCase, kebabToPascal, toKebabCase } from "../model/names.ts";
import { describeValue, type Report } from "../report/report.ts";
import { readIndex } from "./read-index.ts";
import { readAttemptSettings } from "./attempt-settings.ts";
import { readCorrelate, readKeepEarly } from "./read-correlate.ts";
import { reportUnknownKeys } from "../report/unknown-keys.ts";
import { readVersion } from "./read-migrations.ts";

/** What a config says, with what is wrong left out. */
export interface ProcessConfig {
  readonly startedBy: readonly string[];
  readonly completedBy: readonly string[];
  readonly outcomes: ReadonlyMap<string, string>;
  readonly completeWhen: CompleteWhen | undefined;
  readonly timeout: ProcessTimeout | undefined;
  readonly index: readonly string[];
  readonly settings: AttemptSettings;
  readonly correlate: ReadonlyMap<string, Correlate>;
  readonly keepEarlyMs: number | undefined;
  readonly failedTimeout: ProcessTimeout | undefined;
  readonly version: number;
}

export const configKeys = [
  "startedBy",
  "completedBy",
  "completeWhen",
  "timeout",
  "index",
  "retry",
  "handlerTimeout",
  "correlate",
  "keepEarly",
  "failedTimeout",
  "version",
] as const;

/**
 * Reads the config of a process, from its index file or from `defineProcess`. `file` is named in what is reported. `hasChart`: the process has a
 * chart of its own, which says when it is completed.
 */
export function readConfig(
  given: Readonly<Record<string, unknown>>,
  { file, hasChart }: { readonly file: string; readonly hasChart: boolean },
  report: Report,
): ProcessConfig {
  const startedBy = readStartedBy(given.startedBy, file, report);
  if (hasChart) refuseEnds(given, file, report);
  const completedBy = hasChart ? [] : readCompletedBy(given.completedBy, file, report);
  const completeWhen = hasChart ? undefined : readCompleteWhen(given.completeWhen, file, report);
  const timeout = readTimeout(given.timeout, file, report);
  if (!hasChart && completedBy?.length === 0 && completeWhen === undefined && given.timeout === undefined) {
    report.warning("NEVER_ENDS", {
      file,
      reason: "completedBy is empty and there is no timeout, so instances never end",
      fix: "Name the event that completes the process in completedBy, or give a timeout.",
    });
  }
  const outcomes = !hasChart && isOutcomes(given.completedBy) ? readOutcomes(given.completedBy, file, report) : new Map<string, string>();
  const index = readIndex(given.index, file, report);
  const settings = readAttemptSettings(given, "handlerTimeout", file, report);
  const correlate = readCorrelate(given.correlate, file, report);
  const keepEarlyMs = readKeepEarly(given.keepEarly, file, report);
  const failedTimeout = readFailedTimeout(given.failedTimeout, file, report);
  const version = readVersion(given.version, file, report);
  const ends = { completedBy: completedBy ?? [], outcomes, completeWhen, timeout, failedTimeout };
  return { startedBy, ...ends, index, settings, correlate, keepEarlyMs, version };
}

/** Reports every key of `given` that is not in `allowed`. */
export function checkKeys(given: object, allowed: readonly string[], file: string, report: Report): void {
  reportUnknownKeys(given, allowed, { owner: "the config", file, code: "CONFIG_KEY_UNKNOWN" }, report);
}

function readStartedBy(given: unknown, file: string, report: Report): readonly string[] {
  const fix = "Name at least one event that starts the process: startedBy: [events.OrderPlaced].";
  if (!Array.isArray(given)) {
    const reason = given === undefined ? "startedBy is missing" : `startedBy has to be an array of events, but is ${describeValue(given)}`;
    report.error("STARTED_BY_INVALID", { file, reason, fix });
    return [];
  }
  if (given.length === 0) report.error("STARTED_BY_INVALID", { file, reason: "startedBy is empty, so the process never starts", fix });
  return readEventNames(given, "startedBy", file, report);
}

function readCompletedBy(given: unknown, file: string, report: Report): readonly string[] | undefined {
  if (Array.isArray(given)) return readEventNames(given, "completedBy", file, report);
  if (isOutcomes(given)) return readEventNames(Object.keys(given), "completedBy", file, report);
  report.error("COMPLETED_BY_INVALID", {
    file,
    reason:
      given === undefined
        ? "completedBy is missing"
        : `completedBy has to be an array of events, or an object from event to outcome, but is ${describeValue(given)}`,
    fix: 'Name the events that complete the process: completedBy: [events.OrderFulfilled], or { [events.Approved]: "approved" }; or [] if only its timeout or completeWhen ends it.',
  });
  return undefined;
}

function refuseEnds(given: Readonly<Record<string, unknown>>, file: string, report: Report): void {
  for (const key of ["completedBy", "completeWhen"]) {
    if (given[key] === undefined) continue;
    report.error("MACHINE_CONFLICT", {
      file,
      reason: `${key} is given, but the process has a machine, and its final state completes an instance`,
      fix: `Remove ${key}; let a transition of the machine lead to a state of type "final".`,
    });
  }
}

function isOutcomes(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

function readOutcomes(given: Readonly<Record<string, unknown>>, file: string, report: Report): ReadonlyMap<string, string> {
  const outcomes = new Map<string, string>();
  for (const [type, outcome] of Object.entries(given)) {
    if (typeof outcome === "string" && outcome !== "") outcomes.set(type, outcome);
    else {
      report.error("COMPLETED_BY_INVALID", {
        file,
        reason: `completedBy gives ${type} the outcome ${describeValue(outcome)}, which is not a text`,
        fix: `Write ${type}: "approved", or the array form if there is only one outcome.`,
      });
    }
  }
  return outcomes;
}

function readCompleteWhen(given: unknown, file: string, report: Report): CompleteWhen | undefined {
  if (given === undefined || typeof given === "function") return given as CompleteWhen | undefined;
  report.error("COMPLETE_WHEN_INVALID", {
    file,
    reason: `completeWhen has to be a function, but is ${describeValue(given)}`,
    fix: "Write completeWhen: ({ context }) => context.paid && context.packed.",
  });
  return undefined;
}

/** The entries of a list of events, each once. `what` names the list. */
export function readEventNames(given: readonly unknown[], what: string, file: string, report: Report): readonly string[] {
  const names = new Set<string>();
  for (const entry of given) {
    if (checkEventName(entry, what, file, report)) names.add(entry);
  }
  return [...names];
}

/** Whether `name` can be an event's type; reported if not. */
export function checkEventName(name: unknown, what: string, file: string, report: Report): name is string {
  if (typeof name === "string" && isPascalCase(name)) return true;
  const better = typeof name === "string" ? kebabToPascal(toKebabCase(name)) : "";
  report.error("EVENT_NAME_INVALID", {
    file,
    reason: `${what} names events, which are PascalCase such as "OrderPlaced", but ${describeValue(name)} is not an event name`,
    fix: better === "" ? `Write the event as events.OrderPlaced or "OrderPlaced".` : `Write ${JSON.stringify(better)}.`,
  });
  return false;
}

/** Ten thousand years: any longer and the due time could lie beyond the last moment a `Date` can hold. */
const LONGEST_TIMEOUT_MS = 10_000 * 365.25 * 86_400_000;

function readTimeout(given: unknown, file: string, report: Report): ProcessTimeout | undefined {
  if (given === undefined) {
    report.warning("TIMEOUT_MISSING", {
      file,
      reason: "the process has no timeout; processes that never complete consume resources and obscure system state",
      fix: 'Give the config a timeout, such as timeout: "7d".',
    });
    return undefined;
  }
  return readSpan(given, { what: "the timeout", code: "TIMEOUT_INVALID", file }, report);
}

function readFailedTimeout(given: unknown, file: string, report: Report): ProcessTimeout | undefined {
  return given === undefined ? undefined : readSpan(given, { what: "failedTimeout", code: "FAILED_TIMEOUT_INVALID", file }, report);
}

function readSpan(
  given: unknown,
  { what, code, file }: { readonly what: string; readonly code: "TIMEOUT_INVALID" | "FAILED_TIMEOUT_INVALID"; readonly file: string },
  report: Report,
): ProcessTimeout | undefined {
  const durationMs = readDuration(given);
  if (durationMs !== undefined && durationMs > 0 && durationMs <= LONGEST_TIMEOUT_MS) {
    return { text: typeof given === "string" ? given : String(durationMs), durationMs };
  }
  const wrong = durationMs === undefined ? "not a duration" : durationMs === 0 ? "not longer than zero" : "longer than ten thousand years";
  report.error(code, {
    file,
    reason: `${what} is ${describeValue(given)}, which is ${wrong}`,
    fix: `Use ${spanForms}; one unit is allowed: write "90m", not "1h30m".`,
  });
  return undefined;
}
