import assert from "node:assert/strict";
import { key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { append, put, putInstance, write } from "./write-rows.ts";

export const counterRules: readonly StoreRule[] = named("counters", {
  "add up what was accepted": ({ store }) => {
    assert.equal(store.counters.accepted(), 0);
    write(store, () => store.counters.addAccepted(2));
    write(store, () => store.counters.addAccepted(3));
    assert.equal(store.counters.accepted(), 5);
  },
  "are counted anew without a change where they are right": ({ store }) => {
    write(store, () => store.counters.addAccepted(2));
    putInstance(store, { processId: "p-1", aggregateId: "a" });
    const counts = store.instances.counts();
    assert.equal(store.transact(() => store.counters.recount()), false);
    assert.equal(store.counters.accepted(), 2);
    assert.deepEqual(store.instances.counts(), counts);
  },
  "tell what waits, what is parked behind a failed instance, and since when": ({ store }) => {
    assert.deepEqual(store.counters.backlog(), { waiting: 0, oldestAcceptedAt: undefined, parked: 0, unhandledEvents: 0 });
    const shared = append(store, { acceptedAt: 40 });
    put(store, { position: shared });
    put(store, { process: "order/other", position: shared });
    put(store, { ...key("b"), position: append(store, { acceptedAt: 20 }) });
    put(store, { ...key("b"), position: append(store, { acceptedAt: 30 }), kind: "failed", processId: "p-2" });
    assert.deepEqual(store.counters.backlog(), { waiting: 4, oldestAcceptedAt: 20, parked: 0, unhandledEvents: 2 });
    putInstance(store, { processId: "p-2", aggregateId: "b", status: "failed" });
    assert.deepEqual(store.counters.backlog(), { waiting: 3, oldestAcceptedAt: 30, parked: 1, unhandledEvents: 2 });
  },
});
