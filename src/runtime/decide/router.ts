import type { ProcessDefinition } from "../../definition/model/definition.ts";
import type { RouteRecord } from "../../store/routes.ts";

/** A process that reacts to an event. */
export type Route = Pick<RouteRecord, "process" | "starts">;

/** Which processes react to which event. */
export type Router = (eventType: string) => readonly Route[];

/** All routes, in order of type and process, each once. */
export function listRoutes(definitions: readonly ProcessDefinition[]): readonly RouteRecord[] {
  return definitions
    .flatMap(({ process, startedBy, completedBy, handlers, version }) => {
      const types = new Set([...startedBy, ...completedBy, ...handlers.keys()]);
      return [...types].map((type) => ({ type, process, starts: startedBy.includes(type), version }));
    })
    .toSorted((one, other) => compareTexts(one.type, other.type) || compareTexts(one.process, other.process));
}

/** Merges routes. Where the same route is there twice, the one that starts an instance counts. */
export function createRouter(routes: readonly Omit<RouteRecord, "version">[]): Router {
  const routesByType = new Map<string, Route[]>();
  for (const { type, process, starts } of routes) {
    const known = routesByType.get(type) ?? [];
    const other = known.find((route) => route.process === process);
    const route = { process, starts: starts || other?.starts === true };
    routesByType.set(type, [...known.filter((each) => each !== other), route]);
  }
  return (eventType) => routesByType.get(eventType) ?? NONE;
}

const NONE: readonly Route[] = [];

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
