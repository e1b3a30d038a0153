import assert from "node:assert/strict";
import { key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { putInstance, write } from "./write-rows.ts";

export const journalRules: readonly StoreRule[] = named("the journal", {
  "is read in the order in which it was written, whatever the moments, apart for each instance": ({ store }) => {
    putInstance(store);
    putInstance(store, { processId: "p-2", aggregateId: "b" });
    const records = [30, 10, 20].map((at) => ({ processId: "p-1", at, kind: "handled", data: `{"at":${at}}` }));
    const other = { processId: "p-2", at: 15, kind: "started", data: "{}" };
    write(store, () => [records[0]!, other, records[1]!, records[2]!].forEach((record) => store.journal.append(record)));
    assert.deepEqual(store.journal.read("p-1"), records);
    assert.deepEqual(store.journal.read("p-2"), [other]);
    assert.deepEqual(store.journal.read("p-3"), []);
    assert.deepEqual(store.journal.latest(3), [
      { ...records[2]!, ...key("a") },
      { ...records[1]!, ...key("a") },
      { ...other, ...key("b") },
    ]);
  },
});
