import { basename, extname } from "node:path";
import { listEventTypes, type ProcessDefinition } from "../model/definition.ts";
import { pascalToKebab } from "../model/names.ts";
import type { PolicyDefinition } from "../model/policy.ts";
import type { Report } from "../report/report.ts";
import { didYouMean, isSameInOtherCase, suggestName } from "../../platform/suggest.ts";
import { reserveEvents } from "./check-reserved-events.ts";

/** What policies are checked with. */
export interface PolicySurroundings {
  readonly definitions: readonly ProcessDefinition[];
  /** The types of the events that are declared, by a file or in code. */
  readonly events: readonly string[];
}

/**
 * Reports policies of one name, policies that are called as a process is, and those whose event nobody knows and which looks like a misspelling,
 * or which is an own event of a process.
 */
export function checkPolicies(policies: readonly PolicyDefinition[], { definitions, events }: PolicySurroundings, report: Report): void {
  const sources = new Map(definitions.map(({ process, source }) => [process, source]));
  const declared = new Set([...events, ...definitions.flatMap(({ declaredEvents }) => declaredEvents)]);
  const known = new Set([...declared, ...definitions.flatMap(listEventTypes)]);
  const reserved = reserveEvents(definitions);
  for (const policy of policies) {
    checkName(policy, sources, report);
    if (declared.has(policy.on)) continue;
    const process = reserved.get(policy.on);
    if (process !== undefined) reportReserved(policy, process, report);
    else if (!known.has(policy.on)) checkEvent(policy, known, events.length > 0, report);
  }
}

// Letters, timers and routes name a policy and a process alike, so that one name has to mean one of them.
function checkName({ policy, source }: PolicyDefinition, sources: Map<string, string>, report: Report): void {
  const other = sources.get(policy);
  if (other === undefined) {
    sources.set(policy, source);
    return;
  }
  report.error("POLICY_DUPLICATE", {
    file: source,
    reason: other === source ? "the policy is defined twice" : `${other} has the same name, ${policy}`,
    fix: "Rename one of the two, or remove it.",
  });
}

function reportReserved({ on, source }: PolicyDefinition, process: string, report: Report): void {
  report.error("EVENT_RESERVED", {
    file: source,
    reason: `the policy is for ${on}, which ${process} makes itself, and for its own handler alone`,
    fix: "Do it in the handler of the process, or let that handler's command return an event that the policy is for.",
  });
}

function checkEvent({ on, source, aggregate }: PolicyDefinition, known: ReadonlySet<string>, hasEvents: boolean, report: Report): void {
  const close = suggestName(on, known);
  const reason = `the policy is for ${on}, which nothing declares${didYouMean(close)}`;
  const inCode = source.startsWith("definePolicy(") ? `in events, as ${on}: {}, or ` : "";
  const declare = `eclare the event ${inCode}with a file ${pascalToKebab(on)}.ts under ${aggregate}/events`;
  const fix = close === undefined ? `D${declare}.` : `${describeRenaming(source, on, close)}, or d${declare}.`;
  // An event whose name has other capitals is never another one by intent.
  if (close !== undefined && (hasEvents || isSameInOtherCase(on, close))) report.error("EVENT_UNDECLARED", { file: source, reason, fix });
  // Without declared events any name may be meant.
  else if (hasEvents) report.warning("EVENT_UNDECLARED", { file: source, reason, fix });
}

function describeRenaming(source: string, on: string, close: string): string {
  const stem = basename(source, extname(source));
  const ending = `-on-${pascalToKebab(on)}`;
  return stem.endsWith(ending)
    ? `Rename the file to ${stem.slice(0, -ending.length)}-on-${pascalToKebab(close)}${extname(source)}`
    : `Write on: "${close}"`;
}
