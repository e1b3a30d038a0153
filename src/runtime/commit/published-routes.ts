import type { ProcessDefinition } from "../../definition/model/definition.ts";
import type { RouteRecord, Routes } from "../../store/routes.ts";
import { createPolicyRouter, type PolicyRouter } from "../decide/policy-router.ts";
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
  /** The same for policies; `undefined`: there are none. */
  readonly policyRouter: PolicyRouter | undefined;
  /** What the worker handles, as the store says. If no worker has published routes yet, what this OS process would handle. */
  read(): readonly RouteRecord[];
  /** Reads the routes anew at the next use, because others have written and may have published others. */
  forget(): void;
}

export function followRoutes(published: Routes, own: readonly RouteRecord[], definitions: readonly ProcessDefinition[]): PublishedRoutes {
  let united: { readonly router: Router; readonly policyRouter: PolicyRouter | undefined } | undefined;
  const unite = () => {
    const routes = [...own, ...published.read()];
    return (united ??= { router: createRouter(routes, definitions), policyRouter: createPolicyRouter(routes) });
  };
  return {
    publish: () => {
      united = undefined;
      if (JSON.stringify(published.read()) !== JSON.stringify(own)) published.replace(own);
    },
    get router() {
      return (united ?? unite()).router;
    },
    get policyRouter() {
      return (united ?? unite()).policyRouter;
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
