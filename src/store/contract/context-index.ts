import assert from "node:assert/strict";
import type { DeclaredIndex, IndexedValue } from "../context-index.ts";
import type { InstanceRecord } from "../instances.ts";
import type { Store } from "../store.ts";
import { readPages } from "./read-pages.ts";
import { key } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { putInstance, write } from "./write-rows.ts";

const { process } = key("a");

export const contextIndexRules: readonly StoreRule[] = named("contextIndex", {
  "finds instances by values of their contexts, newest first and page by page": ({ store }) => {
    declare(store, ["customer", "paid"]);
    for (let number = 1; number <= 9; number += 1) remember(store, number, { customer: `c-${number % 2}`, paid: number > 4, other: 1 });
    putInstance(store, { processId: "p-other", process: "order/other", aggregateId: "other", context: '{"customer":"c-1"}' });
    assert.deepEqual(find(store, { customer: "c-1" }), [9, 7, 5, 3, 1]);
    assert.deepEqual(find(store, { customer: "c-1", paid: true }), [9, 7, 5]);
    assert.deepEqual(find(store, { paid: false, customer: "c-0" }), [4, 2]);
    assert.deepEqual(find(store, { customer: "c-3" }), []);
    const pages = readPages<ReturnType<Store["instances"]["find"]>[number]>((last) =>
      store.instances.find({ process, where: { customer: "c-1" } }, 2, last?.cursor),
    );
    assert.deepEqual(
      pages.map(({ processId }) => processId),
      ["p-9", "p-7", "p-5", "p-3", "p-1"],
    );
    remember(store, 5, { customer: "c-1" }, { revision: 2, status: "completed", endedAt: 5 });
    const completed = store.instances.find({ process, status: "completed", where: { customer: "c-1" } }, 9, undefined);
    assert.deepEqual(
      completed.map(({ processId }) => processId),
      ["p-5"],
    );
  },
  "tells texts, numbers, booleans and null apart, and holds nothing else": ({ store }) => {
    declare(store, ["value"]);
    const values: readonly unknown[] = ["1", 1, true, "true", null, "null", "", "é\n", [1], { a: 1 }];
    for (const [at, value] of values.entries()) remember(store, at, { value });
    remember(store, 10, {});
    for (const [at, value] of values.slice(0, 8).entries()) assert.deepEqual(find(store, { value: value as IndexedValue }), [at]);
  },
  "follows each change of an instance": ({ store }) => {
    declare(store, ["customer"]);
    remember(store, 1, { customer: "c-1" });
    remember(store, 1, { customer: "c-2" }, { revision: 2 });
    assert.deepEqual([find(store, { customer: "c-1" }), find(store, { customer: "c-2" })], [[], [1]]);
    remember(store, 1, {}, { revision: 3 });
    assert.deepEqual(find(store, { customer: "c-2" }), []);
    remember(store, 1, { customer: "c-1" }, { revision: 4, status: "completed", endedAt: 5 });
    assert.deepEqual(find(store, { customer: "c-1" }), [1]);
  },
  "is built for the instances that are there when it is declared, a few at a time": ({ store }) => {
    for (let number = 1; number <= 9; number += 1) remember(store, number, { customer: `c-${number % 2}` });
    write(store, () => store.contextIndex.declare(indexing(["customer"])));
    assert.deepEqual(store.contextIndex.read(process), [{ key: "customer", isBuilt: false }]);
    assert.equal(
      write(store, () => store.contextIndex.advance(2)),
      true,
    );
    // One that is built by then, one that is not, and one that comes meanwhile.
    remember(store, 1, { customer: "c-2" }, { revision: 2 });
    remember(store, 8, { customer: "c-2" }, { revision: 2 });
    remember(store, 10, { customer: "c-2" });
    advance(store, 2);
    assert.deepEqual(store.contextIndex.read(process), [{ key: "customer", isBuilt: true }]);
    assert.deepEqual(find(store, { customer: "c-2" }), [10, 8, 1]);
    assert.deepEqual(find(store, { customer: "c-1" }), [9, 7, 5, 3]);
    assert.deepEqual(find(store, { customer: "c-0" }), [6, 4, 2]);
  },
  "is built anew after it was not declared for a while": ({ store, reopen }) => {
    declare(store, ["customer", "paid"]);
    for (let number = 1; number <= 5; number += 1) remember(store, number, { customer: "c-1", paid: true });
    write(store, () => store.contextIndex.declare(indexing(["paid"])));
    assert.deepEqual(store.contextIndex.read(process), [{ key: "paid", isBuilt: true }]);
    remember(store, 5, { customer: "c-2", paid: false }, { revision: 2 });
    // What is left over is removed before the index is built again, also where that takes long.
    write(store, () => store.contextIndex.advance(2));
    write(store, () => store.contextIndex.declare(indexing(["customer", "paid"])));
    assert.deepEqual(store.contextIndex.read(process)[0], { key: "customer", isBuilt: false });
    advance(store, 2);
    assert.deepEqual(
      [find(store, { customer: "c-1" }), find(store, { customer: "c-2" }), find(store, { paid: false })],
      [[4, 3, 2, 1], [5], [5]],
    );
    store.close();
    const after = reopen();
    assert.deepEqual(after.contextIndex.read(process), [
      { key: "customer", isBuilt: true },
      { key: "paid", isBuilt: true },
    ]);
    assert.deepEqual(find(after, { customer: "c-2" }), [5]);
  },
  "has an instance without a context by the initial one, until it has its own": ({ store }) => {
    for (const number of [1, 2]) remember(store, number, null);
    const other = { processId: "p-other", process: "order/other", aggregateId: "other" };
    putInstance(store, { ...other, status: "completed", endedAt: 5 });
    declare(store, ["customer", "paid"], { paid: false });
    const prune = () => write(store, () => store.retention.prune({ deduplication: 0, journal: 0, ended: 25 }, 9));
    // A later instance may be given the place of one that has gone, here of another process.
    prune();
    remember(store, 5, { customer: "" });
    assert.deepEqual(find(store, { paid: false }), [2, 1]);
    remember(store, 3, null);
    assert.deepEqual([find(store, { paid: false }), find(store, { customer: "c-1" })], [[3, 2, 1], []]);
    remember(store, 2, { customer: "c-1", paid: true }, { revision: 2 });
    remember(store, 3, null, { revision: 2, status: "completed", endedAt: 5 });
    assert.deepEqual([find(store, { paid: false }), find(store, { paid: true })], [[3, 1], [2]]);
    prune();
    remember(store, 4, { paid: true });
    assert.deepEqual([find(store, { paid: false }), find(store, { paid: true })], [[1], [4, 2]]);
  },
  "is built anew where the initial context has another value at the key": ({ store, reopen }) => {
    for (const number of [1, 2, 3]) remember(store, number, null);
    declare(store, ["customer", "paid"], { paid: false, customer: "" });
    store.close();
    const after = reopen();
    write(after, () => after.contextIndex.declare(indexing(["customer", "paid"], { paid: null, customer: "" })));
    assert.deepEqual(after.contextIndex.read(process), [
      { key: "customer", isBuilt: true },
      { key: "paid", isBuilt: false },
    ]);
    remember(after, 3, { paid: true }, { revision: 2 });
    advance(after, 1);
    assert.deepEqual(
      [find(after, { paid: null }), find(after, { paid: false }), find(after, { paid: true }), find(after, { customer: "" })],
      [[2, 1], [], [3], [2, 1]],
    );
  },
  "loses an instance with the instance itself": ({ store }) => {
    declare(store, ["customer"]);
    for (const number of [1, 2, 3]) remember(store, number, { customer: "c-1" }, { status: "completed", endedAt: number * 10 });
    const prune = () => write(store, () => store.retention.prune({ deduplication: 0, journal: 0, ended: 25 }, 1));
    prune();
    assert.deepEqual(find(store, { customer: "c-1" }), [3, 2]);
    prune();
    assert.deepEqual(find(store, { customer: "c-1" }), [3]);
    assert.equal(prune(), 0);
    // A later instance may be given the place of one that has gone.
    write(store, () => store.retention.prune({ deduplication: 0, journal: 0, ended: 99 }, 9));
    remember(store, 4, { customer: "c-2" });
    assert.deepEqual([find(store, { customer: "c-1" }), find(store, { customer: "c-2" })], [[], [4]]);
  },
});

function indexing(keys: readonly string[], initial: object = {}): ReadonlyMap<string, DeclaredIndex> {
  return new Map([[process, { keys, initial: JSON.stringify(initial) }]]);
}

function declare(store: Store, keys: readonly string[], initial: object = {}): void {
  write(store, () => store.contextIndex.declare(indexing(keys, initial)));
  advance(store, 9);
}

function advance(store: Store, limit: number): void {
  let rounds = 0;
  while (write(store, () => store.contextIndex.advance(limit))) assert.ok((rounds += 1) < 50, "advance never comes to an end");
}

function remember(store: Store, number: number, context: object | null, changes: Partial<InstanceRecord> = {}): void {
  putInstance(store, { processId: `p-${number}`, aggregateId: `a-${number}`, context: context && JSON.stringify(context), ...changes });
}

function find(store: Store, where: Readonly<Record<string, IndexedValue>>): readonly number[] {
  return store.instances.find({ process, where }, 99, undefined).map(({ processId }) => Number(processId.slice(2)));
}
