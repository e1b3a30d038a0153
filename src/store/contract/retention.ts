import assert from "node:assert/strict";
import { fillEveryTable } from "./every-table.ts";
import { key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addLetters, append, put, putInstance, write } from "./write-rows.ts";

export const retentionRules: readonly StoreRule[] = named("retention", {
  "removes what is old enough and that nothing open needs, a few at a time, and counts it": ({ store }) => {
    for (const aggregateId of ["old", "letter", "recent", "open"]) {
      const processId = `p-${aggregateId}`;
      const endedAt = { old: 10, letter: 10, recent: 60, open: null }[aggregateId]!;
      putInstance(store, { processId, aggregateId, endedAt, status: endedAt === null ? "started" : "completed" });
      write(store, () => store.journal.append({ processId, at: 1, kind: "started", data: "{}" }));
    }
    addLetters(store, { processId: "p-letter", aggregateId: "letter" });
    const waiting = append(store, { eventId: "waiting", acceptedAt: 1 });
    put(store, { position: waiting });
    append(store, { eventId: "old", acceptedAt: 2 });
    append(store, { eventId: "recent", acceptedAt: 60 });

    const all = { deduplication: 50, journal: 50, ended: 50 };
    const none = { deduplication: 0, journal: 0, ended: 0 };
    assert.equal(
      write(store, () => store.retention.prune(none, 99)),
      0,
    );
    let removed = 0;
    // Few things are old enough, so pruning has to come to an end soon.
    for (let [rounds, more] = [0, 1]; more > 0; removed += more) {
      assert.ok((rounds += 1) < 20, "prune removes more than there is");
      more = write(store, () => store.retention.prune(all, 1));
    }
    assert.ok(removed >= 2);
    assert.deepEqual(
      ["p-old", "p-letter", "p-recent", "p-open"].map((id) => store.instances.get(id) !== undefined),
      [false, true, true, true],
    );
    assert.deepEqual(
      ["p-old", "p-letter", "p-recent", "p-open"].map((id) => store.journal.read(id).length),
      [0, 1, 1, 1],
    );
    assert.deepEqual(
      ["waiting", "old", "recent"].map((id) => store.events.has(id)),
      [true, false, true],
    );
    assert.equal(store.mailbox.read(key("a"), 1)[0]!.event.eventId, "waiting");
  },
  "removes the journal of an instance and keeps the instance where only its journal is old enough": ({ store }) => {
    putInstance(store, { status: "completed", endedAt: 10 });
    write(store, () => store.journal.append({ processId: "p-1", at: 1, kind: "started", data: "{}" }));
    write(store, () => store.retention.prune({ deduplication: 0, journal: 50, ended: 0 }, 99));
    assert.deepEqual(store.journal.read("p-1"), []);
    assert.equal(store.instances.get("p-1")?.status, "completed");
  },
  "leaves an event that waits under another key than its aggregate": ({ store }) => {
    const shared = append(store, { eventId: "shared", aggregateId: "pay-1", acceptedAt: 1 });
    for (const aggregateId of ["a", "b"]) put(store, { ...key(aggregateId), position: shared, correlated: true });
    append(store, { eventId: "last", acceptedAt: 60 });
    const prune = () => write(store, () => store.retention.prune({ deduplication: 50, journal: 0, ended: 0 }, 99));
    prune();
    assert.equal(store.mailbox.read(key("b"), 1)[0]!.event.eventId, "shared");
    write(store, () => store.mailbox.remove(key("a"), shared));
    prune();
    assert.ok(store.events.has("shared"));
    write(store, () => store.mailbox.remove(key("b"), shared));
    prune();
    assert.ok(!store.events.has("shared"));
  },
  "removes a settled letter of no instance, once that is old enough, and no open one": ({ store }) => {
    addLetters(
      store,
      { deadLetterId: "open", processId: "", kind: "correlation" },
      { deadLetterId: "settled", processId: "", kind: "correlation" },
    );
    write(store, () => store.deadLetters.settle("settled", { status: "discarded", settledAt: 10, settledBy: null, reason: null }));
    const ids = (ended: number) => {
      write(store, () => store.retention.prune({ deduplication: 0, journal: 0, ended }, 99));
      return store.deadLetters.find({}, 99, undefined).map(({ deadLetterId }) => deadLetterId);
    };
    assert.deepEqual([ids(10), ids(11)], [["open", "settled"], ["open"]]);
  },
  "never gives the position of an event away again": ({ store }) => {
    const last = ["e-1", "e-2"].map((eventId) => append(store, { eventId, acceptedAt: 1 })).at(-1)!;
    write(store, () => store.retention.prune({ deduplication: 50, journal: 0, ended: 0 }, 99));
    assert.ok(append(store, { eventId: "e-3" }) > last);
  },
  "never gives the number of a journal entry away again": ({ store }) => {
    putInstance(store, { status: "completed", endedAt: 10 });
    const append = () => write(store, () => store.journal.append({ processId: "p-1", at: 1, kind: "handled", data: "{}" }));
    append();
    append();
    const last = store.journal.lastSeq();
    for (let round = 0; round < 2; round += 1) write(store, () => store.retention.prune({ deduplication: 0, journal: 50, ended: 0 }, 99));
    assert.deepEqual(store.journal.after(0, 10), []);
    assert.deepEqual(store.journal.latest(10), []);
    assert.equal(store.journal.lastSeq(), last);
    append();
    write(store, () => store.retention.prune({ deduplication: 0, journal: 0, ended: 0 }, 99));
    assert.deepEqual(
      store.journal.after(0, 10).map(({ seq }) => seq),
      [store.journal.lastSeq()],
    );
    assert.ok(store.journal.lastSeq() > last);
    assert.equal(store.retention.size().rows["journal"], 1);
  },
  "says how much there is": ({ store }) => {
    const { bytes, rows } = store.retention.size();
    write(store, () => fillEveryTable(store));
    const after = store.retention.size();
    assert.ok(bytes > 0 && after.bytes >= bytes);
    assert.ok(Object.values(rows).every((count) => count === 0));
    assert.ok(Object.values(after.rows).every((count) => count === 1));
  },
});
