import type { RouteRecord, Routes } from "../../store/routes.ts";
import { createRouter, type Router } from "../decide/router.ts";

/**
 * What the worker routes, for those who accept beside it: in a rolling deploy its definitions are other ones than theirs. Each keeps
 * its own routes as well, because the next worker may have its definitions.
 */
export interface PublishedRoutes {
  /** Publishes this process's own routes as those of the worker. To be called inside a transaction. */
  publish(): void;
  /** For a process that does not work: where the worker's definitions or its own want an event to go. */
  readonly router: Router;
  /** What the worker handles, as the store has it; if none has ever worked, what this process would. */
  read(): readonly RouteRecord[];
  /** Others have written: the routes may be others. */
  forget(): void;
}

export function followRoutes(published: Routes, own: readonly RouteRecord[]): PublishedRoutes {
  let united: Router | undefined;
  return {
    publish: () => {
      united = undefined;
      if (JSON.stringify(published.read()) !== JSON.stringify(own)) published.replace(own);
    },
    get router() {
      return (united ??= createRouter([...own, ...published.read()]));
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
