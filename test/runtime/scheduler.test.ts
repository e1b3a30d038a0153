import { createManualClock } from "perdure/testing";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createScheduler } from "../../src/runtime/schedule/scheduler.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { InstanceRecord } from "../../src/store/instances.ts";

const NOW = 1_000_000;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A scheduler on a store in memory, a clock that stands still, and room as long as the test says so. What was handed on ends,
 * as its step would make it; with `stays` its row is left, so that only the scheduler's own place keeps it from being seen twice.
 */
function create({ longestWaitMs, stays = false }: { readonly longestWaitMs?: number; readonly stays?: boolean } = {}) {
  const store = openSqliteStore({ path: ":memory:", synchronous: "full" });
  const manual = createManualClock(NOW);
  // A machine's clock can be set back; a manual one cannot.
  let offset = 0;
  const clock = {
    now: () => manual.now() + offset,
    setTimeout: manual.setTimeout,
    clearTimeout: manual.clearTimeout,
    ...(longestWaitMs !== undefined && { longestWaitMs }),
  };
  const due: string[] = [];
  const state = { room: Number.POSITIVE_INFINITY, caughtUp: 0 };
  const scheduler = createScheduler({
    store,
    clock,
    onRead: () => {},
    onDue: ({ dueAt, aggregateId }) => {
      expect(dueAt).toBeLessThanOrEqual(clock.now());
      due.push(aggregateId);
      state.room -= 1;
      if (!stays) store.transact(() => store.instances.replace(instances.get(aggregateId)!, end(instances.get(aggregateId)!)));
    },
    hasRoom: (kind) => kind !== "timeout" || state.room > 0,
    isWorthResuming: (kind) => kind !== "timeout" || state.room > 0,
    pageSize: 256,
    onError: (error) => {
      throw error;
    },
    onLooked: () => {},
    onCaughtUp: () => void (state.caughtUp += 1),
  });
  onTestFinished(() => {
    scheduler.stop();
    store.close();
  });

  const instances = new Map<string, InstanceRecord>();
  const put = (id: string, dueAt: number) => {
    const instance: InstanceRecord = {
      processId: id,
      process: "order/order-lifecycle",
      aggregateId: id,
      status: "started",
      startedAt: 0,
      endedAt: null,
      updatedAt: 0,
      dueAt,
      revision: 1,
      fingerprint: "f",
      context: null,
      outcome: null,
      state: null,
      chart: null,
      suspended: null,
      discardAt: null,
      version: 1,
    };
    instances.set(id, instance);
    store.instances.add(instance);
  };
  /** An instance with its timeout at `dueAt`. */
  const add = (id: string, dueAt: number) => addAll([[id, dueAt]]);
  const addAll = (rows: readonly (readonly [id: string, dueAt: number])[]) =>
    store.transact(() => rows.forEach(([id, dueAt]) => put(id, dueAt)));
  const moveTo = (moment: number) => {
    for (let next = manual.nextTimerAt; next !== undefined && next <= moment; next = manual.nextTimerAt)
      manual.moveTo(Math.max(next, manual.now()));
    manual.moveTo(moment);
  };
  return { scheduler, due, state, add, addAll, moveTo, clock: manual, setBack: (ms: number) => (offset -= ms) };
}

const end = (instance: InstanceRecord): InstanceRecord => ({ ...instance, status: "timed_out", endedAt: NOW, dueAt: null, revision: 2 });

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `i-${String(index).padStart(5, "0")}`);

describe("a scheduler", () => {
  it("hands on at start what fell due before, in order of due time, and nothing else", () => {
    const { scheduler, due, add, clock } = create();
    add("third", NOW);
    add("first", NOW - 2_000);
    add("second", NOW - 1_000);
    add("later", NOW + 1);
    scheduler.start();
    expect(due).toEqual(["first", "second", "third"]);
    expect(scheduler.isCaughtUp).toBe(true);
    expect(clock.nextTimerAt).toBe(NOW + 1);
  });

  it("arms one timer for the next moment, and another when one comes that is sooner", () => {
    const { scheduler, due, add, clock, moveTo } = create();
    scheduler.start();
    expect(clock.nextTimerAt).toBeUndefined();
    add("b", NOW + 2_000);
    scheduler.note("timeout", NOW + 2_000);
    add("a", NOW + 1_000);
    scheduler.note("timeout", NOW + 1_000);
    expect(clock.nextTimerAt).toBe(NOW + 1_000);
    moveTo(NOW + 999);
    expect(due).toEqual([]);
    moveTo(NOW + 1_000);
    expect(due).toEqual(["a"]);
    expect(clock.nextTimerAt).toBe(NOW + 2_000);
    moveTo(NOW + 5_000);
    expect(due).toEqual(["a", "b"]);
    expect(clock.nextTimerAt).toBeUndefined();
  });

  it("hands on each of thousands that are due at one moment exactly once", () => {
    const { scheduler, due, addAll, moveTo } = create({ stays: true });
    const ids = numbered(1_000);
    addAll(ids.map((id) => [id, NOW + 7]));
    scheduler.start();
    expect(due).toEqual([]);
    moveTo(NOW + 7);
    expect(due).toEqual(ids);
    scheduler.note("timeout", NOW + 100);
    moveTo(NOW + 100);
    expect(due).toEqual(ids);
  });

  it("sees one that is noted for a moment it has passed already, without the clock's moving", async () => {
    const { scheduler, due, add, moveTo } = create();
    add("a", NOW);
    scheduler.start();
    moveTo(NOW + 1_000);
    add("b", NOW - 500);
    scheduler.note("timeout", NOW - 500);
    expect(scheduler.isCaughtUp).toBe(false);
    await nextTurn();
    expect(due).toEqual(["a", "b"]);
    expect(scheduler.isCaughtUp).toBe(true);
  });

  it("stops for lack of room, goes on where it was, and is not caught up meanwhile", () => {
    const { scheduler, due, state, addAll } = create({ stays: true });
    const ids = numbered(600);
    addAll(ids.map((id, index) => [id, NOW - 600 + Math.floor(index / 3)]));
    state.room = 10;
    scheduler.start();
    expect(due).toEqual(ids.slice(0, 10));
    expect(scheduler.isCaughtUp).toBe(false);
    scheduler.resume();
    expect(due).toHaveLength(10);
    state.room = 290;
    scheduler.resume();
    expect(due).toEqual(ids.slice(0, 300));
    expect(state.caughtUp).toBe(0);
    state.room = 10_000;
    scheduler.resume();
    expect(due).toEqual(ids);
    expect(scheduler.isCaughtUp).toBe(true);
  });

  it("does not lose what is noted while it has no room, wherever it lies", async () => {
    const { scheduler, due, state, add, moveTo } = create();
    add("a", NOW - 100);
    add("c", NOW - 50);
    state.room = 1;
    scheduler.start();
    expect(due).toEqual(["a"]);
    for (const [id, dueAt] of [
      ["behind", NOW - 500],
      ["ahead", NOW - 10],
      ["future", NOW + 500],
    ] as const) {
      add(id, dueAt);
      scheduler.note("timeout", dueAt);
    }
    state.room = 100;
    scheduler.resume();
    await nextTurn();
    moveTo(NOW + 1_000);
    expect(due.toSorted()).toEqual(["a", "ahead", "behind", "c", "future"]);
  });

  it("fires what is noted after the clock was set back at its moment by the new time", () => {
    const { scheduler, due, add, setBack, clock } = create();
    add("a", NOW);
    scheduler.start();
    expect(due).toEqual(["a"]);
    setBack(60_000);
    add("b", NOW - 30_000);
    scheduler.note("timeout", NOW - 30_000);
    expect(scheduler.isCaughtUp).toBe(true);
    clock.moveTo(NOW + 29_999);
    expect(due).toEqual(["a"]);
    clock.moveTo(NOW + 30_000);
    expect(due).toEqual(["a", "b"]);
  });

  it("does not fire early where the clock's timer does, and looks again", () => {
    const { scheduler, due, add, setBack, clock } = create();
    add("a", NOW + 1_000);
    scheduler.start();
    setBack(400);
    clock.moveTo(NOW + 1_000);
    expect(due).toEqual([]);
    clock.moveTo(NOW + 1_400);
    expect(due).toEqual(["a"]);
  });

  it("waits in steps of what the clock allows, years if it must", () => {
    const { scheduler, due, add, clock, moveTo } = create({ longestWaitMs: 60_000 });
    add("a", NOW + 150_000);
    scheduler.start();
    expect(clock.nextTimerAt).toBe(NOW + 60_000);
    moveTo(NOW + 149_999);
    expect(due).toEqual([]);
    moveTo(NOW + 150_000);
    expect(due).toEqual(["a"]);
    const { scheduler: other, add: addTo, clock: otherClock } = create();
    addTo("far", NOW + 400 * 86_400_000);
    other.start();
    expect(otherClock.nextTimerAt).toBe(NOW + 2 ** 31 - 1);
  });

  it("does nothing any more after stop", () => {
    const { scheduler, due, add, clock, moveTo } = create();
    add("a", NOW + 1_000);
    scheduler.start();
    scheduler.stop();
    expect(clock.nextTimerAt).toBeUndefined();
    scheduler.note("timeout", NOW + 10);
    scheduler.resume();
    moveTo(NOW + 5_000);
    expect(due).toEqual([]);
    expect(scheduler.isCaughtUp).toBe(true);
  });

  it("says each time when all that was due has been handed on", () => {
    const { scheduler, state, add, moveTo } = create();
    add("a", NOW + 1_000);
    scheduler.start();
    expect(state.caughtUp).toBe(1);
    moveTo(NOW + 1_000);
    expect(state.caughtUp).toBe(2);
  });
});
