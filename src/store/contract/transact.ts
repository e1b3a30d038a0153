import assert from "node:assert/strict";
import { assertEmpty, fillEveryTable } from "./every-table.ts";
import { instance, key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { append, nextCommand, write } from "./write-rows.ts";

export const transactRules: readonly StoreRule[] = named("transact", {
  "writes everything or, if the work throws, nothing": ({ store }) => {
    const failure = new Error("at fault");
    assert.throws(
      () =>
        store.transact(() => {
          fillEveryTable(store);
          throw failure;
        }),
      failure,
    );
    assertEmpty(store);
    assert.equal(
      store.transact(() => {
        fillEveryTable(store);
        return "its result";
      }),
      "its result",
    );
    assert.throws(() => assertEmpty(store));
  },
  "can be used again after it failed": ({ store }) => {
    assert.throws(() => store.transact(() => assert.fail()));
    store.transact(() => store.counters.addAccepted(1));
    assert.equal(store.counters.accepted(), 1);
  },
  "is not needed to look: what is looked at together is of one moment, and what the look throws comes out of it": ({ store }) => {
    append(store, { eventId: "e-1" });
    assert.equal(
      store.look(() => store.events.has("e-1")),
      true,
    );
    const thrown = new Error("no");
    assert.throws(
      () =>
        store.look(() => {
          throw thrown;
        }),
      (error) => error === thrown,
    );
    append(store, { eventId: "e-2" });
    assert.equal(
      write(store, () => store.look(() => store.events.has("e-2"))),
      true,
    );
  },
  "is noticed by other connections, by a foreign version that own commits do not change": ({ store, connect }) => {
    if (connect === undefined) return;
    const other = connect();
    const commit = (through: typeof store) => through.transact(() => through.counters.addAccepted(1));
    commit(store);
    const [own, foreign] = [store.foreignVersion(), other.foreignVersion()];
    commit(store);
    assert.equal(store.foreignVersion(), own);
    assert.notEqual(other.foreignVersion(), foreign);
    const noticed = other.foreignVersion();
    assert.equal(other.foreignVersion(), noticed);
    commit(other);
    assert.notEqual(store.foreignVersion(), own);
    assert.equal(
      store.transact(() => store.counters.accepted()),
      3,
    );
  },
  "is durable: what it wrote is there for whoever opens the store next": ({ store, reopen }) => {
    store.transact(() => fillEveryTable(store));
    const again = reopen();
    assert.deepEqual(again.instances.get("p-1"), instance());
    assert.deepEqual(again.mailbox.read(key("a"), 10), store.mailbox.read(key("a"), 10));
    assert.deepEqual(nextCommand(again, "p-1", 1_000), nextCommand(store, "p-1", 1_000));
    assert.deepEqual(again.deadLetters.get("d-1"), store.deadLetters.get("d-1"));
    assert.deepEqual(again.journal.read("p-1"), store.journal.read("p-1"));
    assert.equal(again.counters.accepted(), 1);
    assert.equal(again.events.has("e-1"), true);
    assert.deepEqual(again.lease.read(), store.lease.read());
    assert.deepEqual(again.requests.open(10), store.requests.open(10));
  },
});
