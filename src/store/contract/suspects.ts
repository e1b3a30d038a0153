import assert from "node:assert/strict";
import type { SuspectRecord } from "../suspects.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addCommands, append, nextCommand, write } from "./write-rows.ts";

const suspect = (changes: Partial<SuspectRecord> = {}): SuspectRecord => ({
  kind: "step",
  id: "order/life\na",
  number: 1,
  state: "begun",
  deaths: 0,
  ...changes,
});

export const suspectRules: readonly StoreRule[] = named("suspects", {
  "are apart for each kind, id and number, in that order, and outlive the store": ({ store, reopen }) => {
    assert.deepEqual(store.suspects.all(), []);
    const records = [suspect({ kind: "command", id: "p-1" }), suspect(), suspect({ number: 2 }), suspect({ id: "order/life\nb" })];
    write(store, () => records.toReversed().forEach((record) => store.suspects.put(record)));
    assert.deepEqual(store.suspects.all(), records);
    assert.deepEqual(reopen().suspects.all(), records);
  },
  "are replaced by what is put in their place": ({ store }) => {
    write(store, () => store.suspects.put(suspect()));
    write(store, () => store.suspects.put(suspect({ state: "alone", deaths: 3 })));
    assert.deepEqual(store.suspects.all(), [suspect({ state: "alone", deaths: 3 })]);
  },
  "are removed one by one, whether they were there or not": ({ store }) => {
    const { state, deaths, ...key } = suspect();
    write(store, () => store.suspects.put({ ...key, state, deaths }));
    write(store, () => store.suspects.put(suspect({ number: 2 })));
    write(store, () => store.suspects.remove(key));
    write(store, () => store.suspects.remove(key));
    assert.deepEqual(store.suspects.all(), [suspect({ number: 2 })]);
  },
  "can be told from what comes later by the last position and the last seq": ({ store }) => {
    assert.equal(store.events.lastPosition(), 0);
    assert.equal(store.commands.lastSeq(), 0);
    append(store);
    const position = append(store);
    addCommands(store, { commandId: "c-1" }, { commandId: "c-2", processId: "p-2" });
    assert.equal(store.events.lastPosition(), position);
    assert.equal(store.commands.lastSeq(), nextCommand(store, "p-2", 1_000)!.seq);
  },
});
