import assert from "node:assert/strict";
import type { InstanceFilter, InstanceRecord } from "../instances.ts";
import type { Store } from "../store.ts";
import { instance, key } from "./rows.ts";
import { readPages } from "./read-pages.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { putInstance, write } from "./write-rows.ts";

export const instanceRules: readonly StoreRule[] = named("instances", {
  "are added once, and replaced by whoever knows their revision; otherwise nothing is written": ({ store }) => {
    const first = instance();
    const second: InstanceRecord = {
      ...first,
      revision: 2,
      status: "completed",
      endedAt: 70,
      updatedAt: 80,
      dueAt: null,
      fingerprint: "g",
    };
    const add = (row: InstanceRecord) => write(store, () => store.instances.add(row));
    const replace = (before: InstanceRecord, row: InstanceRecord) => write(store, () => store.instances.replace(before, row));
    assert.equal(replace(first, second), false);
    assert.equal(store.instances.get("p-1"), undefined);
    assert.equal(add(first), true);
    assert.equal(add({ ...first, status: "completed" }), false);
    assert.equal(replace(second, { ...second, revision: 3 }), false);
    assert.deepEqual(store.instances.get("p-1"), first);
    assert.equal(replace(first, second), true);
    assert.equal(replace(first, { ...second, updatedAt: 90 }), false);
    assert.deepEqual(store.instances.get("p-1"), second);
    assert.deepEqual(store.instances.counts(), [{ process: first.process, status: "completed", count: 1 }]);
  },
  "keep where they stand in a chart, and are found by it, of one process or of all": ({ store }) => {
    const places = [
      ["p-1", "order/life", '"paying"'],
      ["p-2", "order/life", '{"paying":"card"}'],
      ["p-3", "order/other", '"paying"'],
      ["p-4", "order/life", '"paying"'],
      ["p-5", "order/life", null],
    ] as const;
    for (const [processId, process, state] of places) {
      write(store, () => store.instances.add(instance({ processId, process, aggregateId: processId, state, chart: null })));
    }
    const all = [
      { process: "order/life", state: '"paying"' },
      { process: "order/life", state: '{"paying":"card"}' },
      { process: "order/other", state: '"paying"' },
    ];
    assert.deepEqual(store.instances.states(), all);
    assert.deepEqual(store.instances.states("order/life"), all.slice(0, 2));
    assert.deepEqual(store.instances.states("order/unknown"), []);
    const found = (filter: InstanceFilter, before?: number) => store.instances.find(filter, 2, before).map(({ processId }) => processId);
    assert.deepEqual(found({ states: all }), ["p-4", "p-3"]);
    assert.deepEqual(found({ states: all }, store.instances.find({ states: all }, 2, undefined)[1]!.cursor), ["p-2", "p-1"]);
    assert.deepEqual(found({ states: [all[0]!], process: "order/life" }), ["p-4", "p-1"]);
    assert.deepEqual(found({ states: [all[0]!], process: "order/other" }), []);
    assert.deepEqual(found({ states: [] }), []);
    const before = store.instances.get("p-1")!;
    write(store, () => store.instances.replace(before, { ...before, revision: 2, state: '"paid"' }));
    assert.deepEqual(store.instances.get("p-1")?.state, '"paid"');
    assert.deepEqual(found({ states: [all[0]!] }), ["p-4"]);
  },
  "keep the version of their process, and tell the newest one of each process and how many open ones are newer": ({ store }) => {
    const { process } = instance();
    assert.deepEqual([store.instances.newestVersion(process), store.instances.countNewer(process, 1)], [1, 0]);
    putInstance(store);
    assert.equal(store.instances.newestVersion(process), 1);
    putInstance(store, { revision: 2, version: 3, context: '{"paid":true}' });
    assert.deepEqual(store.instances.get("p-1"), instance({ revision: 2, version: 3, context: '{"paid":true}' }));
    putInstance(store, { processId: "p-2", aggregateId: "b", version: 2 });
    putInstance(store, { processId: "p-3", aggregateId: "c", version: 4, status: "completed", endedAt: 50 });
    putInstance(store, { processId: "p-4", process: "order/other", version: 9 });
    assert.equal(store.instances.newestVersion(process), 4);
    assert.deepEqual(
      [1, 2, 3].map((version) => store.instances.countNewer(process, version)),
      [2, 1, 0],
    );
  },
  "are open until they have ended, failed ones too, and only one of a key at a time": ({ store }) => {
    assert.equal(store.instances.findOpen(key("a")), undefined);
    putInstance(store);
    assert.equal(store.instances.findOpen(key("a"))?.processId, "p-1");
    putInstance(store, { revision: 2, status: "failed" });
    assert.equal(store.instances.findOpen(key("a"))?.status, "failed");
    assert.throws(() => putInstance(store, { processId: "p-2" }));
    putInstance(store, { revision: 3, status: "failed", endedAt: 5 });
    assert.equal(store.instances.findOpen(key("a")), undefined);
    putInstance(store, { processId: "p-2" });
    assert.equal(store.instances.findOpen(key("a"))?.processId, "p-2");
    putInstance(store, { processId: "p-3", process: "order/other" });
    putInstance(store, { processId: "p-4", aggregateId: "b" });
    assert.equal(store.instances.findOpen(key("b"))?.processId, "p-4");
  },
  "say of which aggregates one is open": ({ store }) => {
    putInstance(store);
    putInstance(store, { processId: "p-3", process: "order/other" });
    putInstance(store, { processId: "p-4", aggregateId: "b", status: "failed" });
    putInstance(store, { processId: "p-5", aggregateId: "c" });
    putInstance(store, { processId: "p-5", aggregateId: "c", revision: 2, status: "completed", endedAt: 5 });
    const listOpen = (process: string) => [...store.instances.listOpen(process, ["d", "c", "b", "a"])].toSorted();
    assert.deepEqual(listOpen(key("a").process), ["a", "b"]);
    assert.deepEqual(listOpen("order/other"), ["a"]);
    assert.deepEqual(store.instances.listOpen(key("a").process, []), []);
  },
  "are found newest first by every filter, page by page": ({ store }) => {
    const rows = Array.from({ length: 12 }, (_, index) => ({
      processId: `p-${index}`,
      process: index % 2 === 0 ? "order/even" : "order/odd",
      aggregateId: `a-${index % 3}`,
      ...(index < 6 && ({ status: "completed", endedAt: 1 } as const)),
    }));
    for (const row of rows) putInstance(store, row);
    const find = (filter: Parameters<Store["instances"]["find"]>[0]) =>
      store.instances.find(filter, 99, undefined).map(({ processId }) => processId);
    assert.deepEqual(find({}), rows.map(({ processId }) => processId).toReversed());
    assert.deepEqual(find({ process: "order/even", aggregateId: undefined }), ["p-10", "p-8", "p-6", "p-4", "p-2", "p-0"]);
    assert.deepEqual(find({ aggregateId: "a-1" }), ["p-10", "p-7", "p-4", "p-1"]);
    assert.deepEqual(find({ status: "completed", process: "order/odd" }), ["p-5", "p-3", "p-1"]);
    assert.deepEqual(find({ status: "failed" }), []);
    const paged = readPages<ReturnType<Store["instances"]["find"]>[number]>((last) =>
      store.instances.find({ process: "order/even" }, 4, last?.cursor),
    );
    assert.deepEqual(
      paged.map(({ processId }) => processId),
      find({ process: "order/even" }),
    );
  },
  "are found by a status alone or a process alone in one order over all that have others, page by page": ({ store }) => {
    const statuses = ["started", "completed", "cancelled"] as const;
    const rows = Array.from({ length: 18 }, (_, index) => ({
      processId: `p-${index}`,
      process: index % 2 === 0 ? "order/even" : "order/odd",
      aggregateId: `a-${index}`,
      status: statuses[index % 3]!,
      endedAt: index % 3 === 0 ? null : 1,
    }));
    for (const row of rows) putInstance(store, row);
    const wanted = (is: (row: (typeof rows)[number]) => boolean) =>
      rows
        .filter(is)
        .map(({ processId }) => processId)
        .toReversed();
    const find = (filter: Parameters<Store["instances"]["find"]>[0]) =>
      readPages<ReturnType<Store["instances"]["find"]>[number]>((last) => store.instances.find(filter, 4, last?.cursor)).map(
        ({ processId }) => processId,
      );
    assert.deepEqual(
      find({ status: "completed" }),
      wanted(({ status }) => status === "completed"),
    );
    assert.deepEqual(
      find({ process: "order/odd" }),
      wanted(({ process }) => process === "order/odd"),
    );
    assert.deepEqual(
      find({ process: "order/odd", suspended: false }),
      wanted(({ process }) => process === "order/odd"),
    );
    assert.deepEqual(find({ process: "order/odd", status: "failed" }), []);
    assert.deepEqual(find({ process: "order/none" }), []);
  },
  "are counted by the state that they are in, of one process": ({ store }) => {
    putInstance(store, { state: '"open"' });
    putInstance(store, { processId: "p-2", aggregateId: "b", state: '"paid"' });
    putInstance(store, { processId: "p-3", aggregateId: "c", state: '"open"', status: "completed", endedAt: 5 });
    putInstance(store, { processId: "p-4", aggregateId: "d" });
    putInstance(store, { processId: "p-5", process: "order/other", state: '"open"' });
    assert.deepEqual(store.instances.countStates(instance().process), [
      { state: '"open"', count: 2 },
      { state: '"paid"', count: 1 },
    ]);
    assert.deepEqual(store.instances.countStates("order/none"), []);
  },
  "keep their place in the list when they change": ({ store }) => {
    putInstance(store);
    putInstance(store, { processId: "p-2", aggregateId: "b" });
    putInstance(store, { revision: 2 });
    assert.deepEqual(
      store.instances.find({}, 9, undefined).map(({ processId }) => processId),
      ["p-2", "p-1"],
    );
  },
  "are counted by process and status, the open ones by process and fingerprint": ({ store }) => {
    assert.deepEqual(store.instances.counts(), []);
    for (const processId of ["p-1", "p-2"]) putInstance(store, { processId, aggregateId: processId });
    putInstance(store, { processId: "p-3", aggregateId: "p-3", fingerprint: "g" });
    putInstance(store, { processId: "p-4", status: "completed", endedAt: 1 });
    putInstance(store, { processId: "p-5", process: "order/other", status: "failed" });
    assert.deepEqual(
      sorted(store.instances.counts()),
      sorted([
        { process: "order/life", status: "started", count: 3 },
        { process: "order/life", status: "completed", count: 1 },
        { process: "order/other", status: "failed", count: 1 },
      ]),
    );
    assert.deepEqual(
      sorted(store.instances.fingerprints()),
      sorted([
        { process: "order/life", fingerprint: "f", count: 2 },
        { process: "order/life", fingerprint: "g", count: 1 },
        { process: "order/other", fingerprint: "f", count: 1 },
      ]),
    );
  },
});

function sorted(rows: readonly object[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row, Object.keys(row).toSorted())).toSorted();
}
