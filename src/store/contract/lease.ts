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
  "is prolonged by its epoch and by no other": ({ store }) => {
    const prolong = (epoch: number, expiresAt: number) => write(store, () => store.lease.prolong(epoch, expiresAt));
    assert.equal(prolong(1, 100), false);
    assert.equal(store.lease.read(), undefined);
    write(store, () => store.lease.write({ owner: "one", epoch: 2, expiresAt: 100, durationMs: 10_000 }));
    assert.equal(prolong(1, 300), false);
    assert.equal(prolong(2, 200), true);
    assert.deepEqual(store.lease.read(), { owner: "one", epoch: 2, expiresAt: 200, durationMs: 10_000 });
  },
  "is read in each transaction as it is there, whoever has written it": ({ store, connect }) => {
    const lease = (owner: string, epoch: number) => ({ owner, epoch, expiresAt: 100, durationMs: 10_000 });
    const read = () => store.transact(() => store.lease.read());
    assert.equal(read(), undefined);
    write(store, () => store.lease.write(lease("one", 1)));
    assert.deepEqual(read(), lease("one", 1));
    store.transact(() => {
      store.lease.write(lease("two", 2));
      assert.deepEqual(store.lease.read(), lease("two", 2));
      store.lease.prolong(2, 200);
      assert.deepEqual(store.lease.read(), { ...lease("two", 2), expiresAt: 200 });
    });
    assert.deepEqual(read(), { ...lease("two", 2), expiresAt: 200 });
    const undo = () =>
      store.transact(() => {
        store.lease.write(lease("three", 3));
        store.lease.read();
        assert.fail();
      });
    assert.throws(undo);
    assert.deepEqual(read(), { ...lease("two", 2), expiresAt: 200 });
    if (connect === undefined) return;
    const other = connect();
    other.transact(() => other.lease.write(lease("four", 4)));
    assert.deepEqual(read(), lease("four", 4));
  },
});
