import * as fc from "fast-check";
import { createManualClock } from "perdure/testing";
import { expect, test } from "vitest";
import { createBacklog } from "../../src/runtime/schedule/backlog.ts";
import { idToKey } from "../../src/runtime/memory/mailbox-id.ts";
import { createSerialRunner, type SerialRunner } from "../../src/runtime/schedule/serial-runner.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";

const NOW = 1_000_000;
const PROCESS = "order/order-lifecycle";
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A backlog on a store in memory, with runners that hold `held` ids and whose runs end when they are told to. */
function create({ held, active, pageSize }: { readonly held: number; readonly active: number; readonly pageSize: number }) {
  const store = openSqliteStore({ path: ":memory:", synchronous: "full" });
  const clock = createManualClock(NOW);
  const ends: (() => void)[] = [];
  let events = 0;
  // A run does at its end what it found at its beginning: what comes meanwhile is work for another one.
  const createRunner = (kind: "instance" | "lane", find: (id: string) => () => void): SerialRunner =>
    createSerialRunner({
      run: (id) => {
        const work = find(id);
        return new Promise<void>((resolve) => ends.push(resolve)).then(() => store.transact(work));
      },
      maxRunning: active,
      maxWaiting: held,
      onMissed: () => backlog.miss(kind),
      onError: (_, error) => {
        throw error;
      },
      onProgress: () => backlog.goOn(),
    });
  const actors = createRunner("instance", (id) => {
    const key = idToKey(id);
    const entries = store.mailbox.read(key, 100);
    const instance = store.instances.findOpen(key);
    const isDue = instance !== undefined && instance.dueAt !== null && instance.dueAt <= clock.now();
    return () => {
      for (const { event } of entries) store.mailbox.remove(key, event.position);
      if (isDue)
        store.instances.replace(instance, { ...instance, status: "timed_out", dueAt: null, endedAt: NOW, revision: instance.revision + 1 });
    };
  });
  const lanes = createRunner("lane", (id) => {
    const due = store.commands.read(id, 100).filter(({ dueAt }) => dueAt <= clock.now());
    return () => due.forEach(({ seq }) => store.commands.remove(seq));
  });
  const backlog = createBacklog({
    store,
    clock,
    actors,
    lanes,
    // There are none here.
    schedules: lanes,
    // Here nothing is remembered.
    preload: () => {},
    pageSize,
    onProgress: () => {},
    onError: (_, error) => {
      throw error;
    },
    onRead: () => {},
  });

  const accept = (aggregateId: string) => {
    const eventId = `e-${(events += 1)}`;
    store.transact(() => {
      const position = store.events.append({
        eventId,
        type: "OrderPlaced",
        aggregateId,
        payload: "{}",
        occurredAt: NOW,
        acceptedAt: NOW,
        correlationId: null,
        causationId: null,
      });
      store.mailbox.put({
        process: PROCESS,
        aggregateId,
        position: position!,
        kind: "event",
        processId: null,
        generation: 0,
        starts: true,
      });
    });
    actors.wake(`${PROCESS}\n${aggregateId}`);
  };
  const addTimeout = (aggregateId: string, dueAt: number) => {
    const processId = `p-${(events += 1)}`;
    const isAdded = store.transact(
      () =>
        store.instances.findOpen({ process: PROCESS, aggregateId }) === undefined &&
        store.instances.add({
          processId,
          process: PROCESS,
          aggregateId,
          status: "started",
          startedAt: NOW,
          endedAt: null,
          updatedAt: NOW,
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
        }),
    );
    if (!isAdded) return;
    // As an instance that an operator lets go on is woken at once, its deadline being over.
    if (dueAt <= clock.now()) actors.wake(`${PROCESS}\n${aggregateId}`);
    else backlog.note("timeout", dueAt);
  };
  const addCommand = (processId: string, dueAt: number) => {
    const commandId = `c-${(events += 1)}`;
    const command = {
      commandId,
      type: "act",
      aggregateId: "a",
      payload: "{}",
      process: PROCESS,
      processId,
      instanceAggregateId: "a",
      correlationId: "",
      causationId: "",
      dispatchedAt: NOW,
      dueAt,
      origin: "event",
      invocation: null,
      lane: null,
      key: null,
    } as const;
    store.transact(() => store.commands.add(command));
    if (dueAt <= clock.now()) lanes.wake(processId);
    else backlog.note("command", dueAt);
  };
  const end = async (index: number) => {
    ends.splice(index % ends.length, 1)[0]!();
    await nextTurn();
  };
  const moveTo = async (moment: number) => {
    clock.moveTo(moment);
    await nextTurn();
  };
  return {
    store,
    clock,
    backlog,
    accept,
    addTimeout,
    addCommand,
    end,
    moveTo,
    running: () => ends.length,
    isIdle: () => actors.isIdle && lanes.isIdle,
  };
}

const aggregates = fc.constantFrom("m", "n", "o", "p", "a", "b", "c", "d", "e", "f", "l", "z", "y", "x", "k", "q");
const operations = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ op: fc.constant("accept" as const), aggregateId: aggregates }) },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constant("timeout" as const), aggregateId: aggregates, inMs: fc.integer({ min: -5, max: 5 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ op: fc.constant("command" as const), aggregateId: aggregates, inMs: fc.integer({ min: -5, max: 5 }) }),
    },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("end" as const), index: fc.nat(7) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("move" as const), ms: fc.nat(4) }) },
  ),
  { minLength: 20, maxLength: 120 },
);

test("whatever waits in the store is handed on, however little memory holds and in whatever order it comes, falls due and is done", async () => {
  await fc.assert(
    fc.asyncProperty(
      operations,
      fc.record({ held: fc.integer({ min: 1, max: 4 }), active: fc.integer({ min: 1, max: 3 }), pageSize: fc.integer({ min: 1, max: 4 }) }),
      async (operations, limits) => {
        const { store, clock, backlog, accept, addTimeout, addCommand, end, moveTo, running, isIdle } = create(limits);
        backlog.start();
        for (const operation of operations) {
          if (operation.op === "accept") accept(operation.aggregateId);
          else if (operation.op === "timeout") addTimeout(operation.aggregateId, clock.now() + operation.inMs);
          else if (operation.op === "command") addCommand(`lane-${operation.aggregateId}`, clock.now() + operation.inMs);
          else if (operation.op === "move") await moveTo(clock.now() + operation.ms);
          else if (running() > 0) await end(operation.index);
        }
        await moveTo(clock.now() + 10);
        for (let left = 2_000; running() > 0 && left > 0; left -= 1) await end(0);
        expect({
          due: store.counters.countDue(clock.now(), [{ type: "OrderPlaced", process: PROCESS, starts: true }]),
          handedOn: backlog.isHandedOn,
          idle: isIdle(),
        }).toEqual({ due: 0, handedOn: true, idle: true });
        backlog.stop();
        store.close();
      },
    ),
    { numRuns: 150 },
  );
});
