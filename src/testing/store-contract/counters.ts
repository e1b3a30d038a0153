import assert from "node:assert/strict";
import { key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addCommands, append, put, putInstance, write } from "./write-rows.ts";

const routes = [
  { type: "OrderPaid", process: "order/life", starts: false },
  { type: "OrderPlaced", process: "order/life", starts: true },
];

export const counterRules: readonly StoreRule[] = named("counters", {
  "add up what was accepted": ({ store }) => {
    assert.equal(store.counters.accepted(), 0);
    write(store, () => store.counters.addAccepted(2));
    write(store, () => store.counters.addAccepted(3));
    assert.equal(store.counters.accepted(), 5);
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
  "count what is due: entries that wait for no retry, timeouts and commands, of the processes that have routes": ({ store }) => {
    assert.equal(store.counters.countDue(100, routes), 0);
    put(store, { position: append(store, { type: "OrderPaid" }) });
    put(store, { process: "order/other", position: append(store) });
    putInstance(store, { dueAt: 90 });
    addCommands(store, { dueAt: 100 }, { commandId: "later", dueAt: 101 });
    assert.equal(store.counters.countDue(100, routes), 3);
    assert.equal(store.counters.countDue(100, []), 1);
    write(store, () => store.mailbox.delay(key("a"), 1, { attempts: 1, notBefore: 101, firstFailedAt: 90 }));
    put(store, { position: append(store, { type: "OrderPaid" }) });
    assert.equal(store.counters.countDue(89, routes), 0);
    // A retry beyond the deadline does not hold up the timeout.
    assert.equal(store.counters.countDue(100, routes), 2);
  },
  "leave out what waits for another definition, and what waits behind it": ({ store }) => {
    putInstance(store, { dueAt: 90 });
    put(store, { position: append(store, { type: "OrderPaid", occurredAt: 95 }) });
    put(store, { position: append(store, { type: "OrderShipped", acceptedAt: 30, occurredAt: 80 }) });
    put(store, { position: append(store, { type: "OrderPaid", occurredAt: 95 }) });
    const awaited = [{ process: "order/life", type: "OrderShipped", count: 1, oldestAcceptedAt: 30 }];
    assert.deepEqual(store.counters.awaited(routes), awaited);
    assert.equal(store.counters.countDue(100, routes), 1);
    write(store, () => store.mailbox.remove(key("a"), 1));
    assert.equal(store.counters.countDue(100, routes), 0);
    assert.equal(store.counters.countDue(100, [...routes, { type: "OrderShipped", process: "order/life", starts: false }]), 3);
  },
  "leave out, with no instance open, what was meant to start one and does not by the routes; anything else concerns nobody": ({ store }) => {
    put(store, { position: append(store, { type: "OrderShipped" }) });
    put(store, { ...key("b"), position: append(store, { type: "OrderPaid", acceptedAt: 40 }), starts: true });
    put(store, { ...key("b"), position: append(store, { type: "OrderPaid" }) });
    put(store, { ...key("c"), position: append(store, { type: "OrderPlaced" }), starts: true });
    assert.equal(store.counters.countDue(100, routes), 2);
    assert.deepEqual(store.counters.awaited(routes), [{ process: "order/life", type: "OrderPaid", count: 1, oldestAcceptedAt: 40 }]);
    assert.equal(store.counters.awaited([]).length, 3);
  },
});
