import type { ProcessDefinition } from "../../definition/model/definition.ts";
import type { RouteRecord, Routes } from "../../store/routes.ts";
import { createRouter, type Router } from "../decide/router.ts";

/**
 * The worker's routes, for the OS processes that accept events beside it, because in a rolling deploy their definitions differ. Each OS
 * process also uses its own routes, because the next worker may have its definitions.
 */
export interface PublishedRoutes {
  /** Publishes this OS process's routes as the worker's. Call it inside a transaction. */
  publish(): void;
  /** The routes of an OS process that is not the worker: where the worker's definitions or its own send an event. */
  readonly router: Router;
  /** What the worker handles, as the store says. If no worker has published routes yet, what this OS process would handle. */
  read(): readonly RouteRecord[];
  /** Reads the routes anew at the next use, because others have written and may have published others. */
  forget(): void;
}

export function followRoutes(published: Routes, own: readonly RouteRecord[], definitions: readonly ProcessDefinition[]): PublishedRoutes {
  let united: Router | undefined;
  return {
    publish: () => {
      united = undefined;
      if (JSON.stringify(published.read()) !== JSON.stringify(own)) published.replace(own);
    },
    get router() {
      return (united ??= createRouter([...own, ...published.read()], definitions));
    },
    read: () => {
      const routes = published.read();
      return routes.length === 0 ? own : routes;
    },
    forget: () => {
      united = undefined;
    },
  };
}
