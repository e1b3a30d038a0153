import { describe, expect, onTestFinished, test as it } from "vitest";
import type { Status } from "../../src/definition/model/instance.ts";
import { createProcessMachine } from "../../src/machine/process-machine.ts";
import {
  createJournalFollower,
  type FollowOptions,
  type JournalFollower,
  type Told,
} from "../../src/observe/inspection/journal-follower.ts";
import { createJournalRecord, type JournalKind } from "../../src/record/journal-entry.ts";
import type { InstanceFilter, InstanceRecord } from "../../src/store/instances.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { createRecording, defineOrder, orderLifecycle } from "../support/order-process.ts";

const machine = createProcessMachine(defineOrder(createRecording()));
const machines = new Map([[orderLifecycle, machine]]);

/** A store into which the test writes what a worker would have. */
function openShop() {
  const store = openSqliteStore({ path: ":memory:", synchronous: "normal" });
  onTestFinished(() => store.close());
  let now = 1_000;

  const write = (processId: string, kind: JournalKind, status: Status, endedAt: number | null = null) => {
    now += 1;
    store.transact(() => {
      const before = store.instances.get(processId)!;
      store.instances.replace(before, { ...before, status, endedAt, updatedAt: now, revision: before.revision + 1 });
      store.journal.append(createJournalRecord(processId, now, kind, { status }));
    });
  };
  return {
    store,
    start: (processId: string, process = orderLifecycle) => {
      now += 1;
      const instance: InstanceRecord = {
        processId,
        process,
        aggregateId: `order-${processId}`,
        status: "started",
        startedAt: now,
        endedAt: null,
        updatedAt: now,
        dueAt: null,
        revision: 1,
        fingerprint: machine.fingerprint,
        context: null,
        outcome: null,
        version: 1,
        state: null,
        chart: null,
        suspended: null,
        discardAt: null,
      };
      store.transact(() => {
        store.instances.add(instance);
        store.journal.append(createJournalRecord(processId, now, "started", { status: "started" }));
      });
    },
    /** What says nothing of the status, such as a command that was executed. */
    note: (processId: string) => {
      now += 1;
      store.transact(() => store.journal.append(createJournalRecord(processId, now, "command_handled", {})));
    },
    handle: (processId: string) => write(processId, "handled", "started"),
    fail: (processId: string) => write(processId, "failed", "failed"),
    resume: (processId: string) => write(processId, "resumed", "started"),
    complete: (processId: string) => write(processId, "completed", "completed", now + 1),
  };
}

type Shop = ReturnType<typeof openShop>;

function follow(store: Store, options: Partial<FollowOptions> = {}): JournalFollower {
  return createJournalFollower(store, machines, { limit: 50, ...options });
}

function readAll(follower: JournalFollower): readonly Told[] {
  const told: Told[] = [];
  for (let page = follower.next(); page !== undefined; page = follower.next()) told.push(...page);
  return told;
}

/** The instances' messages, a line each: which instance, what, and the state it shows. */
function describeTold({ event }: Told): string {
  const { value } = event.actorRef.getSnapshot() as { readonly value: string };
  const what = { "@xstate.actor": "actor", "@xstate.event": "event", "@xstate.snapshot": "snapshot" }[event.type];
  return `${event.actorRef.sessionId.split("/").at(-1)} ${what} ${value}`;
}

const linesOf = (follower: JournalFollower) => readAll(follower).map(describeTold);
/** One line for each actor and each pair. */
const stepsOf = (follower: JournalFollower) => linesOf(follower).filter((line) => !line.includes("event"));

describe("a follower of the journal", () => {
  it("announces each stored instance as it stands now, and tells what has happened to it, the oldest first", () => {
    const { store, start, handle, complete } = openShop();
    start("a");
    start("b");
    complete("a");
    handle("b");
    const told = readAll(follow(store));
    expect(told.map(describeTold)).toEqual([
      "a actor completed",
      "a event started",
      "a snapshot started",
      "a event completed",
      "a snapshot completed",
      "b actor started",
      "b event started",
      "b snapshot started",
      "b event started",
      "b snapshot started",
    ]);
    expect(told.slice(0, 5).map(({ at }) => at)).toEqual([1_001, 1_001, 1_001, 1_003, 1_003]);
  });

  it("neither loses nor doubles what is committed after it has looked at the journal and before it looks at the instances", () => {
    const shop = openShop();
    shop.start("a");
    const { journal } = shop.store;
    let isFirst = true;
    const lastSeq = () => {
      const last = journal.lastSeq();
      if (isFirst) {
        isFirst = false;
        shop.complete("a");
        shop.start("b");
      }
      return last;
    };
    const follower = follow({ ...shop.store, journal: { ...journal, lastSeq } });
    expect(stepsOf(follower)).toEqual([
      "a actor completed",
      "a snapshot started",
      "b actor started",
      "a snapshot completed",
      "b snapshot started",
    ]);
  });

  it("neither loses nor doubles what is committed at any other moment of the walk", () => {
    const whole = ["a actor", "a snapshot", "a snapshot", "b actor", "b snapshot", "b snapshot", "c actor", "c snapshot"];
    for (let at = 0; at < 16; at += 1) {
      const shop = openShop();
      shop.start("a");
      shop.start("b");
      const follower = follow(shop.store, { pageSize: 1 });
      const told: Told[] = [];
      for (let pages = 0; pages < at; pages += 1) told.push(...(follower.next() ?? []));
      shop.handle("a");
      shop.handle("b");
      shop.start("c");
      told.push(...readAll(follower));
      const steps = told.map((each) => describeTold(each).replace(" started", "")).filter((line) => !line.includes("event"));
      expect(steps.toSorted()).toEqual(whole);
      // An instance is made known before anything is told of it.
      for (const id of ["a", "b", "c"]) expect(steps.find((line) => line.startsWith(id))).toBe(`${id} actor`);
      expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    }
  });

  it("goes on with what is committed later, also of instances that it had not told of", () => {
    const { store, start, handle, complete } = openShop();
    for (const id of ["a", "b", "c"]) start(id);
    const follower = follow(store, { limit: 2 });
    expect(stepsOf(follower)).toEqual(["b actor started", "b snapshot started", "c actor started", "c snapshot started"]);
    expect(follower.next()).toBeUndefined();
    handle("b");
    complete("a");
    start("d");
    expect(linesOf(follower)).toEqual([
      "b event started",
      "b snapshot started",
      "a actor started",
      "a event completed",
      "a snapshot completed",
      "d actor started",
      "d event started",
      "d snapshot started",
    ]);
  });

  it("reads a page when it is asked for one, and no further", () => {
    const { store, start, handle } = openShop();
    start("a");
    for (let count = 0; count < 9; count += 1) handle("a");
    let rows = 0;
    const after: Store["journal"]["after"] = (...args) => {
      const records = store.journal.after(...args);
      rows += records.length;
      return records;
    };
    const follower = follow({ ...store, journal: { ...store.journal, after } }, { pageSize: 4 });
    while (rows === 0) follower.next();
    expect(rows).toBe(4);
    follower.next();
    expect(rows).toBe(8);
    expect(readAll(follower)).toHaveLength(2 * 2);
  });

  it.each<[string, InstanceFilter, readonly string[], readonly string[]]>([
    ["aggregate", { aggregateId: "order-a" }, ["a actor started", "a snapshot started"], ["a snapshot failed", "a snapshot started"]],
    ["process", { process: "order/other" }, [], []],
    // What has had the status is followed further, or its chart would stay behind.
    [
      "status",
      { status: "failed" },
      ["b actor failed", "b snapshot started", "b snapshot failed"],
      ["a actor started", "a snapshot failed", "b snapshot started", "a snapshot started"],
    ],
  ])("narrows by %s what it begins with and what comes later", (_, filter, stored, live) => {
    const { store, start, fail, resume } = openShop();
    start("a");
    start("b");
    start("c");
    fail("b");
    const follower = follow(store, { filter });
    expect(stepsOf(follower)).toEqual(stored);
    fail("a");
    start("d");
    resume("b");
    resume("a");
    expect(stepsOf(follower)).toEqual(live);
  });

  it("leaves out instances without a definition, in whose place others are told of", () => {
    const { store, start, handle } = openShop();
    start("a");
    for (const id of ["x", "y", "z"]) start(id, "order/gone");
    const follower = follow(store, { limit: 1, pageSize: 2 });
    expect(stepsOf(follower)).toEqual(["a actor started", "a snapshot started"]);
    handle("z");
    expect(stepsOf(follower)).toEqual([]);
  });

  it("announces an instance again that it has forgotten", () => {
    const { store, start, handle } = openShop();
    for (const id of ["a", "b", "c"]) start(id);
    const follower = follow(store, { remembered: 1 });
    readAll(follower);
    handle("a");
    handle("a");
    expect(stepsOf(follower)).toEqual(["a actor started", "a snapshot started", "a snapshot started"]);
  });

  it("announces an instance whose journal is past its retention", () => {
    const { store, start, complete } = openShop();
    start("a");
    complete("a");
    prune(store);
    expect(stepsOf(follow(store))).toEqual(["a actor completed"]);
  });

  it("misses nothing when the latest entries are removed, whether it looks before others come or not", () => {
    for (const looks of [true, false]) {
      const { store, start, complete } = openShop();
      start("a");
      complete("a");
      const follower = follow(store);
      readAll(follower);
      prune(store);
      if (looks) expect(follower.next()).toBeUndefined();
      start("b");
      expect(stepsOf(follower)).toEqual(["b actor started", "b snapshot started"]);
    }
  });

  it("shows an instance that it had not told of as it stood before what comes, whatever it is by now", () => {
    const { store, start, note, fail, resume, complete } = openShop();
    for (const id of ["a", "b", "c"]) start(id);
    fail("b");
    complete("c");
    const follower = follow(store, { limit: 0, pageSize: 1 });
    readAll(follower);
    for (let count = 0; count < 3; count += 1) note("a");
    resume("b");
    complete("a");
    note("c");
    expect(stepsOf(follower)).toEqual([
      "a actor started",
      "a snapshot started",
      "a snapshot started",
      "a snapshot started",
      "b actor failed",
      "b snapshot started",
      "a snapshot completed",
      "c actor completed",
      "c snapshot completed",
    ]);
  });
});

function prune(store: Shop["store"]): void {
  store.transact(() => store.retention.prune({ deduplication: 0, journal: Number.MAX_SAFE_INTEGER, ended: 0 }, 100));
}
