import { type Domain, listEventTypes } from "../model/definition.ts";
import type { PolicyDefinition } from "../model/policy.ts";
import type { Report } from "../report/report.ts";
import type { ImportModule } from "./import-module.ts";
import type { AggregateListing } from "./listing.ts";
import { loadPolicy } from "./policy-file.ts";

/** The files of policies, and what says which events there are. */
export interface PolicySources extends Pick<Domain, "definitions" | "events"> {
  readonly aggregates: readonly AggregateListing[];
}

/** The policies of all files, one file after the other. */
export async function loadPolicies(
  { aggregates, definitions, events }: PolicySources,
  importModule: ImportModule,
  report: Report,
): Promise<readonly PolicyDefinition[]> {
  const known = new Set([...events.keys(), ...definitions.flatMap(listEventTypes)]);
  const policies: PolicyDefinition[] = [];
  for (const listing of aggregates.flatMap((aggregate) => aggregate.policies)) {
    const policy = await loadPolicy(listing, importModule, (type) => known.has(type), report);
    if (policy !== undefined) policies.push(policy);
  }
  return policies;
}
