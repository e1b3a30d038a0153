import assert from "node:assert/strict";
import { schedule } from "./rows.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { write } from "./write-rows.ts";

export const scheduleRules: readonly StoreRule[] = named("schedules", {
  "are what was put last of each name, in order of their names, and outlive the store": ({ store, reopen }) => {
    assert.deepEqual(store.schedules.list(), []);
    assert.equal(store.schedules.get("order/weekly"), undefined);
    const daily = schedule({ schedule: "order/daily", lastAt: 20, failedAt: 30, problem: "no rate today" });
    const weekly = schedule({ missed: "all", takenUpTo: 50, dueAt: null, removedAt: 60 });
    write(store, () => [schedule(), daily, weekly].forEach((record) => store.schedules.put(record)));
    assert.deepEqual(store.schedules.list(), [daily, weekly]);
    assert.deepEqual(reopen().schedules.get("order/weekly"), weekly);
  },
  "are timers as long as they have a next moment, and count as due from then on": ({ store }) => {
    write(store, () => store.schedules.put(schedule()));
    write(store, () => store.schedules.put(schedule({ schedule: "order/gone", dueAt: null, removedAt: 5 })));
    const [timer, ...others] = store.timers.due("schedule", undefined, 100, 9);
    assert.deepEqual(others, []);
    assert.deepEqual(timer, {
      kind: "schedule",
      dueAt: 100,
      id: "order/weekly",
      processId: null,
      process: "order/weekly",
      aggregateId: "",
      command: null,
      lane: null,
      name: "0 9 * * 1 UTC",
    });
    assert.equal(store.timers.nextDueAt(99), 100);
    assert.deepEqual(
      [99, 100].map((now) => [store.timers.countOverdue(now, []), store.counters.countDue(now, [])]),
      [
        [0, 0],
        [1, 1],
      ],
    );
  },
  "go once they have been removed for as long as events are known, and not before": ({ store }) => {
    const cutoffs = { journal: 0, ended: 0 };
    write(store, () => store.schedules.put(schedule()));
    write(store, () => store.schedules.put(schedule({ schedule: "order/gone", dueAt: null, removedAt: 50 })));
    write(store, () => store.retention.prune({ ...cutoffs, deduplication: 50 }, 9));
    assert.equal(store.schedules.list().length, 2);
    write(store, () => store.retention.prune({ ...cutoffs, deduplication: 51 }, 9));
    assert.deepEqual(
      store.schedules.list().map((record) => record.schedule),
      ["order/weekly"],
    );
  },
});
