import assert from "node:assert/strict";
import { named, type StoreRule } from "./store-rule.ts";
import { write } from "./write-rows.ts";

export const commandIdRules: readonly StoreRule[] = named("command ids", {
  "are there once, and stay as they were first": ({ store }) => {
    const first = { commandId: "c-1", dueAt: 30, acceptedAt: 20 };
    assert.equal(store.commandIds.get("c-1"), undefined);
    assert.equal(
      write(store, () => store.commandIds.add(first)),
      true,
    );
    assert.equal(
      write(store, () => store.commandIds.add({ commandId: "c-1", dueAt: 99, acceptedAt: 99 })),
      false,
    );
    assert.deepEqual(store.commandIds.get("c-1"), first);
  },
  "go with their retention": ({ store }) => {
    write(store, () => store.commandIds.add({ commandId: "c-1", dueAt: 30, acceptedAt: 20 }));
    write(store, () => store.commandIds.add({ commandId: "c-2", dueAt: 30, acceptedAt: 25 }));
    const removed = write(store, () => store.retention.prune({ deduplication: 25, journal: 0, ended: 0 }, 9));
    assert.equal(removed, 1);
    assert.equal(store.commandIds.get("c-1"), undefined);
    assert.notEqual(store.commandIds.get("c-2"), undefined);
  },
});
