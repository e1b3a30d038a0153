import assert from "node:assert/strict";
import { named, type StoreRule } from "./store-rule.ts";
import { write } from "./write-rows.ts";

export const leaseRules: readonly StoreRule[] = named("the lease", {
  "is one row that is replaced": ({ store }) => {
    assert.equal(store.lease.read(), undefined);
    write(store, () => store.lease.write({ owner: "one", epoch: 1, expiresAt: 100, durationMs: 10_000 }));
    write(store, () => store.lease.write({ owner: "two", epoch: 2, expiresAt: 200, durationMs: 10_000 }));
    assert.deepEqual(store.lease.read(), { owner: "two", epoch: 2, expiresAt: 200, durationMs: 10_000 });
  },
});
