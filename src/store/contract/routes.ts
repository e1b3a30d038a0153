import assert from "node:assert/strict";
import { named, type StoreRule } from "./store-rule.ts";
import { write } from "./write-rows.ts";

export const routeRules: readonly StoreRule[] = named("routes", {
  "are replaced as a whole, and come in order of type and process": ({ store }) => {
    assert.deepEqual(store.routes.read(), []);
    const old = { type: "OrderArchived", process: "order/life", starts: false, version: 1 };
    const routes = [
      { type: "OrderPaid", process: "order/life", starts: false, version: 1 },
      { type: "OrderPlaced", process: "order/life", starts: true, version: 2 },
      { type: "OrderPlaced", process: "order/other", starts: false, version: 1, correlated: true as const, keepMs: 5 },
      { type: "OrderPlaced", process: "order/tell-stock", starts: false, version: 1, policy: true as const, delayMs: 60_000 },
    ];
    write(store, () => store.routes.replace([old]));
    write(store, () => store.routes.replace(routes.toReversed()));
    assert.deepEqual(store.routes.read(), routes);
    write(store, () => store.routes.replace([]));
    assert.deepEqual(store.routes.read(), []);
  },
});
