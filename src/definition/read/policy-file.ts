import { readFile } from "node:fs/promises";
import { readDuration, durationForms } from "../../platform/duration.ts";
import { noAttemptSettings } from "../model/attempt-settings.ts";
import { isPascalCase } from "../model/names.ts";
import { findPolicyEvent, listPolicyEvents, type PolicyDefinition, type PolicyDelay } from "../model/policy.ts";
import { readDescription } from "../report/description.ts";
import { displayPath } from "../report/display-path.ts";
import { createReport, describeValue, type Report } from "../report/report.ts";
import { readAttemptSettings } from "./attempt-settings.ts";
import type { ImportModule } from "./import-module.ts";
import type { PolicyListing } from "./listing.ts";
import { loadFile, readHandler } from "./load-file.ts";

/**
 * The policy of a file; `undefined`, and a report, when it cannot be told which event it is for. `isKnown` says whether there is an event of that
 * type, which decides where the file's name can be read in several ways.
 */
export async function loadPolicy(
  { aggregate, name, file }: PolicyListing,
  importModule: ImportModule,
  isKnown: (eventType: string) => boolean,
  domainReport: Report,
): Promise<PolicyDefinition | undefined> {
  const report = createReport();
  const source = displayPath(file);
  const exports = await loadFile(file, importModule, report);
  const run = exports && readHandler(exports, file, "export async function handler({ event, commands }) { … }", report);
  const on = readOn(exports?.["on"], { name, file: source, isKnown }, report);
  const text = await readFile(file, "utf8").catch(() => "");
  if (on === undefined) {
    domainReport.add(report.diagnostics);
    return undefined;
  }
  return {
    policy: `${aggregate}/${name}`,
    aggregate,
    name,
    on,
    delay: readPolicyDelay(exports?.["delay"], source, report),
    run: run ?? (() => {}),
    settings: exports === undefined ? noAttemptSettings : readAttemptSettings(exports, "timeout", source, report),
    description: readDescription(text),
    source,
    diagnostics: report.diagnostics,
  };
}

/** The delay that a policy says. */
export function readPolicyDelay(given: unknown, file: string, report: Report): PolicyDelay | undefined {
  if (given === undefined) return undefined;
  const durationMs = readDuration(given);
  // What is understood is a text or a number.
  if (durationMs !== undefined) return { text: typeof given === "number" ? `${given}ms` : (given as string), durationMs };
  report.error("SETTING_INVALID", {
    file,
    reason: `delay is ${describeValue(given)}`,
    fix: `Use ${durationForms}.`,
  });
  return undefined;
}

function readOn(
  on: unknown,
  { name, file, isKnown }: { readonly name: string; readonly file: string; readonly isKnown: (eventType: string) => boolean },
  report: Report,
): string | undefined {
  const named = listPolicyEvents(name);
  if (on !== undefined) return checkOn(on, named, file, report);
  const found = findPolicyEvent(name, isKnown);
  if (found !== undefined) return found;
  if (named.length === 0) reportUnnamed(name, file, report);
  else {
    report.error("POLICY_EVENT_INVALID", {
      file,
      reason: `the file's name can be for ${named.join(" or for ")}, and none of these events is declared`,
      fix: `Say which one is meant: export const on = "${named.at(-1)}";`,
    });
  }
  return undefined;
}

function checkOn(on: unknown, named: readonly string[], file: string, report: Report): string | undefined {
  if (typeof on !== "string" || !isPascalCase(on)) {
    report.error("POLICY_EVENT_INVALID", {
      file,
      reason: `on has to be the type of one event, but is ${describeValue(on)}`,
      fix: 'Export the type in PascalCase: export const on = "OrderPlaced";',
    });
    return undefined;
  }
  if (named.length > 0 && !named.includes(on)) {
    report.error("POLICY_EVENT_INVALID", {
      file,
      reason: `the file's name says that the policy is for ${named.join(" or for ")}, and on says ${on}`,
      fix: "Rename the file after the event, or remove the export on.",
    });
  }
  return on;
}

function reportUnnamed(name: string, file: string, report: Report): void {
  report.error("POLICY_EVENT_INVALID", {
    file,
    reason: "the file's name does not say which event the policy is for, and neither does an export on",
    fix: `Rename it to ${name}-on-<event-name>, such as ${name}-on-order-placed, or say it: export const on = "OrderPlaced";`,
  });
}
