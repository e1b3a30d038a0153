import { type Domain, listEventTypes, type ProcessDefinition } from "../../definition/model/definition.ts";
import { invocationEventType } from "../../definition/model/names.ts";
import type { Correlate } from "../../definition/model/correlate.ts";
import type { RouteRecord } from "../../store/routes.ts";
import { listPolicyRoutes, type PolicyRoute } from "./policy-router.ts";

/** A process that reacts to an event. */
export interface Route extends Omit<RouteRecord, "type" | "version" | "policy" | "delayMs"> {
  /** Says which instances the event is for. It is missing where the process correlates the event by a definition that is not at hand. */
  readonly correlate?: Correlate;
}

/** Where one event goes, by the definitions of whoever was given it. */
export interface EventRoutes {
  /** `keys`: of the instances that the event is for; without them it is for its aggregate's. */
  readonly processes: readonly (Pick<Route, "process" | "starts" | "keepMs"> & { readonly keys?: readonly string[] })[];
  readonly policies: readonly PolicyRoute[];
  /** Whether any process knows the type of the event. */
  readonly isKnown: boolean;
}

/** Which processes react to which event. */
export type Router = (eventType: string) => readonly Route[];

/** Until when a route keeps an event that finds no open instance; `null`: it does not. */
export function findKeptUntil(
  { starts, keepMs }: Pick<Route, "starts" | "keepMs">,
  { acceptedAt }: { readonly acceptedAt: number },
): number | null {
  return starts || keepMs === undefined ? null : acceptedAt + keepMs;
}

/** All routes, in order of type and process, each once. */
export function listRoutes(definitions: readonly ProcessDefinition[]): readonly RouteRecord[] {
  return definitions
    .flatMap((definition) => {
      const { process, startedBy, correlate, keepEarlyMs, version } = definition;
      return listRoutedTypes(definition).map((type) => ({
        type,
        process,
        starts: startedBy.includes(type),
        version,
        ...(correlate.has(type) && { correlated: true as const }),
        ...(keepEarlyMs !== undefined && { keepMs: keepEarlyMs }),
      }));
    })
    .toSorted(compareRoutes);
}

/** The routes of all processes and all policies of a domain, in the same order. */
export function listDomainRoutes({ definitions, policies }: Pick<Domain, "definitions" | "policies">): readonly RouteRecord[] {
  return [...listRoutes(definitions), ...listPolicyRoutes(policies.values())].toSorted(compareRoutes);
}

/** The results of what a chart invokes come back to it as events of its own. */
function listRoutedTypes(definition: ProcessDefinition): readonly string[] {
  const invokes = (definition.chart?.invoked.length ?? 0) > 0;
  return [...listEventTypes(definition), ...(invokes ? [invocationEventType(definition.name)] : [])];
}

/**
 * Merges the routes of processes. Where the same route is there twice, the one that starts an instance counts, and the one that keeps an
 * event for longer.
 * `definitions` have the functions of those that correlate.
 */
export function createRouter(routes: readonly Omit<RouteRecord, "version">[], definitions: readonly ProcessDefinition[] = []): Router {
  const correlators = new Map(definitions.map(({ process, correlate }) => [process, correlate]));
  const routesByType = new Map<string, Route[]>();
  for (const { type, process, starts, correlated, keepMs, policy } of routes) {
    if (policy === true) continue;
    const known = routesByType.get(type) ?? [];
    const other = known.find((route) => route.process === process);
    const correlate = correlators.get(process)?.get(type);
    const longest = Math.max(keepMs ?? 0, other?.keepMs ?? 0);
    const route = {
      process,
      starts: starts || other?.starts === true,
      ...((correlated === true || other?.correlated === true) && { correlated: true as const }),
      ...(longest > 0 && { keepMs: longest }),
      ...(correlate !== undefined && { correlate }),
    };
    routesByType.set(type, [...known.filter((each) => each !== other), route]);
  }
  return (eventType) => routesByType.get(eventType) ?? NONE;
}

const NONE: readonly Route[] = [];

/** The order of routes. */
export function compareRoutes(one: RouteRecord, other: RouteRecord): number {
  return compareTexts(one.type, other.type) || compareTexts(one.process, other.process);
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
