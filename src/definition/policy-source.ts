import { basename, dirname, extname, resolve } from "node:path";
import { ProcessError } from "../errors.ts";
import { loadDomain, type LoadDomainOptions } from "./load-domain.ts";
import type { Domain } from "./model/definition.ts";
import type { ReadChart } from "./model/own-chart.ts";
import type { PolicyDefinition } from "./model/policy.ts";
import { moduleExtensions } from "./read/module-extensions.ts";
import { displayPath } from "./report/display-path.ts";
import type { PartSurroundings } from "./process-source.ts";
import { didYouMean, suggestName } from "../platform/suggest.ts";

/** A policy's file, with or without its extension and relative to the working directory, or a policy made with `definePolicy`. */
export type PolicySource = string | PolicyDefinition;

/** One policy with the domain that it belongs to, in which nothing else reacts to events. */
export interface LoadedPolicy {
  readonly definition: PolicyDefinition;
  readonly domain: Domain;
}

/**
 * Loads one policy with the events and commands of its domain.
 * @throws ProcessError `CONFIG_INVALID`; `DEFINITION_INVALID`, with the problems of the whole domain
 */
export async function loadPolicyFrom(
  source: PolicySource,
  readChart: ReadChart,
  surroundings: PartSurroundings = {},
): Promise<LoadedPolicy> {
  const { policy, ...place } = locatePolicy(source);
  const { domain } = await loadDomain({ ...place, ...surroundings, readChart, isNeverExecuted: true });
  const definition = domain.policies.get(policy);
  if (definition !== undefined) {
    return { definition, domain: { ...domain, definitions: [], schedules: new Map(), policies: new Map([[policy, definition]]) } };
  }
  const known = [...domain.policies.keys()];
  const close = suggestName(policy, known);
  throw new ProcessError("CONFIG_INVALID", `there is no policy "${policy}"${didYouMean(close)}`, {
    hint: known.length === 0 ? "The domain has no policies." : `The domain has ${known.join(", ")}.`,
  });
}

/** Where to load a policy from: the options of the domain, and its name in it. */
interface PolicyPlace extends Pick<LoadDomainOptions, "domain" | "definitions" | "policies" | "isPart"> {
  readonly policy: string;
}

/**
 * A policy file's place says its domain: `<domain>/<aggregate>/policies/<name>.ts`.
 * @throws ProcessError `CONFIG_INVALID` for a file elsewhere
 */
function locatePolicy(source: PolicySource): PolicyPlace {
  if (typeof source !== "string") return { domain: [], definitions: [], policies: [source], isPart: true, policy: source.policy };
  const file = resolve(source);
  const policies = dirname(file);
  const aggregate = dirname(policies);
  if (basename(policies) === "policies" && basename(aggregate) !== "") {
    const extension = moduleExtensions.find((each) => each === extname(file)) ?? "";
    return { domain: dirname(aggregate), definitions: [], policy: `${basename(aggregate)}/${basename(file, extension)}` };
  }
  throw new ProcessError("CONFIG_INVALID", `${displayPath(file)} is not the file of a policy`, {
    hint: "Name a file such as ./domain/order/policies/tell-stock-on-order-placed.ts.",
  });
}
