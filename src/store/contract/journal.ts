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
    assert.deepEqual(
      store.journal.latest(3).map(({ seq: _seq, ...record }) => record),
      [
        { ...records[2]!, ...key("a") },
        { ...records[1]!, ...key("a") },
        { ...other, ...key("b") },
      ],
    );
  },
  "is followed from any record on, as a whole or for one instance, in pages": ({ store }) => {
    assert.equal(store.journal.lastSeq(), 0);
    putInstance(store);
    putInstance(store, { processId: "p-2", aggregateId: "b" });
    const moments = [1, 2, 3, 4, 5];
    write(store, () =>
      moments.forEach((at) => store.journal.append({ processId: at === 3 ? "p-2" : "p-1", at, kind: "handled", data: "{}" })),
    );
    const all = store.journal.after(0, 10);
    assert.deepEqual(
      all.map(({ at, aggregateId }) => [at, aggregateId]),
      [
        [1, "a"],
        [2, "a"],
        [3, "b"],
        [4, "a"],
        [5, "a"],
      ],
    );
    assert.deepEqual(all, store.journal.latest(10).toReversed());
    assert.equal(store.journal.lastSeq(), all.at(-1)!.seq);
    assert.deepEqual(store.journal.after(all[1]!.seq, 2), all.slice(2, 4));
    assert.deepEqual(store.journal.after(all[0]!.seq, 2, "p-1"), [all[1], all[3]]);
    assert.deepEqual(store.journal.after(all[4]!.seq, 10), []);
    assert.deepEqual(store.journal.before(all[4]!.seq, 2, "p-1"), [all[3], all[1]]);
    assert.deepEqual(store.journal.before(all[0]!.seq, 2, "p-1"), []);
  },
});
