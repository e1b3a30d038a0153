import assert from "node:assert/strict";
import type { Store } from "../store.ts";
import { timerKinds, type TimerRecord, type TimerKind } from "../timers.ts";
import type { InstanceRecord } from "../instances.ts";
import { command, entry, event, instance, key, schedule } from "./rows.ts";
import { readPages } from "./read-pages.ts";
import { named, type StoreRule } from "./store-rule.ts";
import { addCommands, append, nextCommand, put, putInstance, write } from "./write-rows.ts";

export const timerRules: readonly StoreRule[] = named("timers", {
  "are what is due of each kind by a moment, in order of due time, with what they are for": ({ store }) => {
    fillTimers(store);
    assert.deepEqual(
      dueOf(store, "timeout", 300).map(({ dueAt, processId, aggregateId }) => [dueAt, processId, aggregateId]),
      [
        [100, "p-1", "a"],
        [300, "p-2", "b"],
      ],
    );
    assert.deepEqual(
      dueOf(store, "command", 1_000).map(({ dueAt, processId, aggregateId, command }) => [dueAt, processId, aggregateId, command]),
      [
        [150, "p-1", "for", "soon"],
        [700, "p-2", "for", "failed"],
      ],
    );
    assert.deepEqual(
      dueOf(store, "retry", 1_000).map(({ dueAt, processId, aggregateId }) => [dueAt, processId, aggregateId]),
      [
        [200, "p-1", "a"],
        [250, null, "new"],
      ],
    );
    assert.deepEqual(dueOf(store, "timeout", 99), []);
    assert.ok(
      timerKinds.every((kind) => dueOf(store, kind, 1_000).every((timer) => timer.kind === kind && timer.process === "order/life")),
    );
  },
  "of a chart are those of its instance's row, as long as the instance is started": ({ store }) => {
    const timer = (id: string, dueAt: number) => ({ id, dueAt, after: { path: ["paying"], key: "1d" } });
    const chart = (...timers: readonly object[]) => JSON.stringify({ history: {}, invocations: [], timers });
    const first = instance({ state: '"paying"', chart: chart(timer("paying after 1d", 100), timer("paying after 2d", 200)) });
    const listed = () =>
      store.timers.find({ kind: "after" }, 99).map(({ name, dueAt, processId, aggregateId }) => [name, dueAt, processId, aggregateId]);
    const next = (changes: Partial<InstanceRecord>) => {
      const after = { ...current, ...changes, revision: current.revision + 1 };
      write(store, () => assert.ok(store.instances.replace(current, after)));
      current = after;
    };
    let current = first;
    write(store, () => store.instances.add(first));
    write(store, () =>
      store.instances.add(instance({ processId: "p-10", aggregateId: "b", state: '"paying"', chart: chart(timer("x", 1)) })),
    );
    assert.deepEqual(
      store.timers.find({ processId: "p-1" }, 9).map(({ name }) => name),
      ["paying after 1d", "paying after 2d"],
    );
    assert.equal(store.timers.nextDueAt(1), 100);
    // One goes, one is put off, one is new.
    next({ chart: chart(timer("paying after 2d", 250), timer("raise Asked", 260)) });
    assert.deepEqual(listed().slice(1), [
      ["paying after 2d", 250, "p-1", "a"],
      ["raise Asked", 260, "p-1", "a"],
    ]);
    next({ status: "failed" });
    assert.equal(listed().length, 1);
    next({ status: "started" });
    assert.equal(listed().length, 3);
    next({ suspended: "{}" });
    assert.equal(listed().length, 1);
    next({ suspended: null });
    assert.equal(listed().length, 3);
    next({ status: "timed_out", endedAt: 300, chart: null });
    assert.equal(listed().length, 1);
  },
  "are walked page by page without one seen twice or left out, ties and all": ({ store }) => {
    write(store, () => {
      const kept = store.events.append(event({ eventId: "kept" }))!;
      for (let index = 0; index < 50; index += 1) {
        const aggregateId = `a-${index}`;
        const chart = JSON.stringify({ history: {}, invocations: [], timers: [{ id: "paying after 1d", dueAt: 100 + (index % 3) }] });
        const dueAt = 100 + (index % 3);
        store.instances.add(instance({ processId: `p-${index}`, aggregateId, dueAt, state: '"paying"', chart }));
        const failed = { process: "order/failing", processId: `f-${index}`, aggregateId, status: "failed" } as const;
        store.instances.add(instance({ ...failed, discardAt: dueAt }));
        store.commands.add(command({ processId: `p-${index}`, dueAt: 100 + (index % 3) }));
        const position = store.events.append(event({ eventId: `tied-${index}` }))!;
        store.mailbox.put(entry({ aggregateId, position }));
        store.mailbox.put(entry({ process: "order/other", aggregateId, position }));
        for (const process of ["order/life", "order/other"]) {
          store.mailbox.delay({ process, aggregateId }, position, { attempts: 1, notBefore: 100 + (index % 3), firstFailedAt: 0 });
        }
        // One event that is kept under several keys of one process.
        store.mailbox.put(entry({ aggregateId: `early-${index}`, position: kept, keptUntil: 100 + (index % 3), correlated: true }));
        store.schedules.put(schedule({ schedule: `order/s-${index}`, dueAt: 100 + (index % 3) }));
      }
    });
    for (const kind of timerKinds) {
      const seen = readPages<TimerRecord>((last) => store.timers.due(kind, last, 101, 7)).map(({ dueAt, id }) => `${dueAt} ${id}`);
      const all = store.timers.due(kind, undefined, 101, 999);
      assert.equal(all.length, kind === "retry" ? 68 : 34);
      assert.deepEqual(
        seen,
        all.map(({ dueAt, id }) => `${dueAt} ${id}`),
      );
      assert.equal(new Set(seen).size, seen.length);
      // After the last id of one moment comes the next moment.
      assert.ok(store.timers.due(kind, { dueAt: 100, id: "\uffff" }, 999, 999).every(({ dueAt }) => dueAt > 100));
    }
    for (const filter of [{}, { kind: "retry" }, { process: "order/other" }, { aggregateId: "a-7" }] as const) {
      const name = ({ dueAt, kind, id }: TimerRecord) =>
        `${dueAt} ${timerKinds.indexOf(kind)} ${typeof id === "number" ? String(id).padStart(9, "0") : id}`;
      const all = store.timers.find(filter, 999).map(name);
      assert.deepEqual(readPages<TimerRecord>((last) => store.timers.find(filter, 7, last)).map(name), all);
      assert.deepEqual(all, [...new Set(all)].toSorted());
    }
  },
  "say what the next moment is after another": ({ store }) => {
    assert.equal(store.timers.nextDueAt(0), undefined);
    fillTimers(store);
    const moments = [0, 100, 150, 200, 250, 300, 700].map((moment) => store.timers.nextDueAt(moment));
    assert.deepEqual(moments, [100, 150, 200, 250, 300, 700, undefined]);
  },
  "are listed soonest first by every filter": ({ store }) => {
    fillTimers(store);
    const find = (filter: Parameters<Store["timers"]["find"]>[0], limit = 99) => store.timers.find(filter, limit).map(({ dueAt }) => dueAt);
    assert.deepEqual(find({}), [100, 150, 200, 250, 300, 700]);
    assert.deepEqual(find({}, 2), [100, 150]);
    assert.deepEqual(find({ kind: "retry" }), [200, 250]);
    assert.deepEqual(find({ processId: "p-1" }), [100, 150, 200]);
    assert.deepEqual(find({ aggregateId: "b" }), [300]);
    assert.deepEqual(find({ process: "order/other" }), []);
  },
  "are overdue from their moment on": ({ store }) => {
    fillTimers(store);
    assert.deepEqual(
      [99, 100, 250, 1_000].map((now) => store.timers.countOverdue(now)),
      [0, 1, 4, 6],
    );
  },
  "are overdue, of some processes, without the timeouts and retries of others": ({ store }) => {
    fillTimers(store);
    assert.equal(store.timers.countOverdue(1_000, ["order/other", "order/life"]), 6);
    // The commands of a process run also when there is no definition of it any more.
    assert.equal(store.timers.countOverdue(1_000, ["order/other"]), 2);
    assert.equal(store.timers.countOverdue(1_000, []), 2);
  },
  "are those of early events while no instance is open for them": ({ store }) => {
    for (const [aggregateId, keptUntil] of [
      ["a", 100],
      ["b", 200],
    ] as const) {
      put(store, { ...key(aggregateId), position: append(store), keptUntil });
    }
    const kept = () => store.timers.find({ kind: "kept" }, 99).map(({ dueAt, processId, aggregateId }) => [dueAt, processId, aggregateId]);
    assert.deepEqual(kept(), [
      [100, null, "a"],
      [200, null, "b"],
    ]);
    assert.deepEqual([store.timers.countOverdue(99), store.timers.countOverdue(100)], [0, 1]);
    putInstance(store, { aggregateId: "a" });
    assert.deepEqual(kept(), [[200, null, "b"]]);
    assert.equal(store.timers.nextDueAt(0), 200);
    assert.deepEqual(dueOf(store, "kept", 500).length, 1);
  },
  "of a suspended instance do not count": ({ store }) => {
    putInstance(store, { processId: "p-1", aggregateId: "a", dueAt: 100 });
    const failed = { processId: "p-2", aggregateId: "b", status: "failed", dueAt: 100, discardAt: 200 } as const;
    putInstance(store, failed);
    const listed = () => store.timers.find({}, 99).map(({ kind, dueAt, processId }) => [kind, dueAt, processId]);
    assert.deepEqual(listed(), [
      ["timeout", 100, "p-1"],
      ["discard", 200, "p-2"],
    ]);
    assert.equal(store.timers.countOverdue(1_000), 2);
    putInstance(store, { processId: "p-1", aggregateId: "a", dueAt: 100, revision: 2, suspended: "{}" });
    putInstance(store, { ...failed, revision: 2, suspended: "{}" });
    assert.deepEqual(listed(), []);
    assert.equal(store.timers.countOverdue(1_000), 0);
    assert.equal(store.timers.nextDueAt(0), undefined);
    assert.deepEqual([dueOf(store, "timeout", 500), dueOf(store, "discard", 500)], [[], []]);
    assert.deepEqual(
      store.instances.find({ suspended: true }, 9, undefined).map(({ processId, suspended }) => [processId, suspended]),
      [
        ["p-2", "{}"],
        ["p-1", "{}"],
      ],
    );
    assert.deepEqual(store.instances.find({ suspended: false }, 9, undefined), []);
    putInstance(store, { processId: "p-1", aggregateId: "a", dueAt: 100, revision: 3 });
    assert.deepEqual(listed(), [["timeout", 100, "p-1"]]);
  },
  "of a failed instance, of what is parked and of what has ended do not count": ({ store }) => {
    fillTimers(store);
    putInstance(store, { revision: 2, status: "failed", dueAt: 100 });
    putInstance(store, { processId: "p-2", aggregateId: "b", revision: 2, status: "completed", endedAt: 1, dueAt: null });
    write(store, () => store.commands.setParked("p-1", true));
    assert.deepEqual(
      store.timers.find({}, 99).map(({ kind, dueAt }) => [kind, dueAt]),
      [
        ["retry", 250],
        ["command", 700],
      ],
    );
    assert.equal(store.timers.countOverdue(1_000), 2);
  },
});

/** Timeouts at 100 and 300, commands at 150 and (tried again) at 700, retries at 200 and, without an instance, at 250. */
function fillTimers(store: Store): void {
  putInstance(store, { dueAt: 100 });
  putInstance(store, { processId: "p-2", aggregateId: "b", dueAt: 300 });
  putInstance(store, { processId: "p-3", aggregateId: "c" });
  addCommands(store, { type: "soon", dueAt: 150 }, { type: "failed", processId: "p-2", instanceAggregateId: "b", dueAt: 50 });
  const { seq } = nextCommand(store, "p-2", 50)!;
  const failure = { attempts: 1, firstFailedAt: 50 };
  write(store, () => store.commands.delay(seq, { ...failure, notBefore: 700 }));
  for (const [aggregateId, notBefore] of [
    ["a", 200],
    ["new", 250],
  ] as const) {
    const position = append(store);
    put(store, { aggregateId, position });
    write(store, () => store.mailbox.delay(key(aggregateId), position, { ...failure, notBefore }));
  }
  put(store, { aggregateId: "a", position: append(store) });
}

function dueOf(store: Store, kind: TimerKind, upTo: number) {
  return store.timers.due(kind, undefined, upTo, 99);
}
