import type { ProcessDefinition } from "../../definition/definition.ts";

/** A process that reacts to an event. */
export interface Route {
  readonly process: string;
  /** Whether the event begins an instance where none is open. */
  readonly starts: boolean;
}

/** Which processes react to which event. */
export type Router = (eventType: string) => readonly Route[];

export function createRouter(definitions: readonly ProcessDefinition[]): Router {
  const routes = new Map<string, Route[]>();
  for (const { process, startedBy, completedBy, handlers } of definitions) {
    for (const type of new Set([...startedBy, ...completedBy, ...handlers.keys()])) {
      const route = { process, starts: startedBy.includes(type) };
      const known = routes.get(type);
      if (known === undefined) routes.set(type, [route]);
      else known.push(route);
    }
  }
  return (eventType) => routes.get(eventType) ?? [];
}
