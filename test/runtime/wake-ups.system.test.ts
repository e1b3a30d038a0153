import SqliteDatabase from "better-sqlite3";
import { type HandlerArgs, type ProcessSystem, type ProcessSystemOptions } from "perdure";
import { expect, onTestFinished, test } from "vitest";
import { assembleSystem } from "../../src/system/create-process-system.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createGate } from "../support/gate.ts";
import { until } from "../support/patience.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { pause } from "../support/pause.ts";

// Memory holds three ids where it otherwise holds ten thousand, so a few dozen instances are what tens of thousands are in earnest.
const CROWDED = { held: 3, active: 3 };

interface Opened {
  readonly system: ProcessSystem;
  readonly errors: readonly string[];
}

async function open(options: ProcessSystemOptions): Promise<Opened> {
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
  const { system } = await assembleSystem({ logger, ...options }, { memoryLimits: CROWDED });
  onTestFinished(() => system.stop({ timeout: 0 }));
  await system.start();
  return { system, errors };
}

const place = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ type: "OrderPlaced", aggregateId: `${letter}${String(index).padStart(3, "0")}` }));
const idsOf = (events: readonly { readonly aggregateId: string }[]) => events.map(({ aggregateId }) => aggregateId);

/** A process whose handlers note whom they handled, each behind the gate. */
function define(
  handled: string[],
  { opened }: { readonly opened: Promise<void> },
  more: { readonly timeout?: "150ms"; readonly fails?: (args: HandlerArgs) => boolean } = {},
) {
  const note = (prefix: string) => async (args: HandlerArgs) => {
    await opened;
    if (more.fails?.(args) === true) throw new Error("not yet");
    handled.push(`${prefix}${args.event.aggregateId}`);
  };
  return defineLifecycle(
    { OrderPlaced: note(""), PaymentReceived: note("paid ") },
    {
      timeout: more.timeout ?? "7d",
      onTimedOut: async ({ event }) => void handled.push(`timed out ${event.aggregateId}`),
    },
  );
}

test("events accepted while more instances wait than memory holds are handled, wherever their ids sort", async () => {
  const handled: string[] = [];
  const gate = createGate();
  const { system, errors } = await open({ definitions: [define(handled, gate)], store: { path: createDatabasePath() } });
  const first = place("m", 40);
  await system.dispatch(first);
  await pause(50);
  const behind = place("a", 30);
  await system.dispatch(behind);
  for (const event of place("z", 10)) await system.dispatch(event);
  gate.open();
  await system.whenIdle();
  expect(handled.toSorted()).toEqual(idsOf([...behind, ...first, ...place("z", 10)]));
  expect(await system.lag()).toMatchObject({ waiting: 0, accepted: 80, handled: 80 });
  expect(errors).toEqual([]);
});

test("timeouts that fall due while their instances and others are busy fire without a restart", async () => {
  const handled: string[] = [];
  const gate = createGate();
  const { system, errors } = await open({
    definitions: [define(handled, gate, { timeout: "150ms" })],
    store: { path: createDatabasePath() },
  });
  const events = place("m", 40);
  await system.dispatch(events);
  gate.open();
  await system.whenIdle();
  // Every instance is given more to do than memory holds, over the moment at which all deadlines come.
  for (let round = 0; round < 12; round += 1) {
    await system.dispatch(events.map(({ aggregateId }) => ({ type: "PaymentReceived", aggregateId })));
    await pause(20);
  }
  await until(
    () => system.processes.find({ status: "started", limit: 1 }),
    (open) => open.length === 0,
  );
  await system.whenIdle();
  expect(handled.filter((line) => line.startsWith("timed out")).toSorted()).toEqual(idsOf(events).map((id) => `timed out ${id}`));
  expect(await system.lag()).toMatchObject({ overdueTimers: 0, waiting: 0 });
  expect(errors).toEqual([]);
});

test("retries of more instances than memory holds are all taken", async () => {
  const handled: string[] = [];
  const gate = createGate();
  const { system, errors } = await open({
    definitions: [define(handled, gate, { fails: ({ attempt }) => attempt < 3 })],
    store: { path: createDatabasePath() },
    processes: { retry: { initialDelay: "5ms", maxDelay: "10ms" } },
  });
  const events = place("m", 60);
  for (const part of [events.slice(0, 20), events.slice(20, 40), events.slice(40)]) await system.dispatch(part);
  gate.open();
  await until(() => handled.length >= 60);
  await system.whenIdle();
  expect(handled.toSorted()).toEqual(idsOf(events));
  expect(errors).toEqual([]);
});

test("commands of more instances than memory holds run, those that fall due meanwhile too", async () => {
  const ran: string[] = [];
  const gate = createGate();
  const definition = defineLifecycle({
    OrderPlaced: async ({ event, commands }) => {
      await commands["note"]!({ aggregateId: event.aggregateId });
      await commands["note"]!({ aggregateId: event.aggregateId, delay: "60ms" });
    },
  });
  const note = async ({ command }: { readonly command: { readonly aggregateId: string } }) => {
    await gate.opened;
    ran.push(command.aggregateId);
  };
  const { system, errors } = await open({ definitions: [definition], commands: { note }, store: { path: createDatabasePath() } });
  await system.dispatch(place("m", 40));
  await pause(120);
  await system.dispatch(place("a", 20));
  gate.open();
  await until(() => ran.length >= 120);
  await system.whenIdle();
  expect(ran.toSorted()).toEqual(idsOf([...place("a", 20), ...place("m", 40)]).flatMap((id) => [id, id]));
  expect(errors).toEqual([]);
});

test("an operator's retry is carried out while more instances wait than memory holds, although nothing of its instance lies in the store", async () => {
  const handled: string[] = [];
  const gate = createGate();
  let isBroken = true;
  const definition = defineLifecycle({
    OrderPlaced: async ({ event: { aggregateId } }) => {
      if (aggregateId !== "broken") await gate.opened;
      else if (isBroken) throw new Error("not yet");
      handled.push(aggregateId);
    },
  });
  const { system } = await open({
    definitions: [definition],
    store: { path: createDatabasePath() },
    processes: { retry: { retryStrategy: "none" } },
  });
  await system.dispatch({ type: "OrderPlaced", aggregateId: "broken" });
  await system.whenIdle();
  isBroken = false;
  await system.dispatch(place("m", 40));
  await pause(30);
  const retried = system.deadLetters.retry((await system.deadLetters.list())[0]!.id);
  gate.open();
  await retried;
  await system.whenIdle();
  expect(handled).toContain("broken");
  expect(handled).toHaveLength(41);
});

test("what other processes accept for more instances than memory holds is handled, and so is what is left to a worker that takes over", async () => {
  const handled: string[] = [];
  const gate = createGate();
  const store = { path: createDatabasePath() };
  const { system: worker, errors } = await open({ definitions: [define(handled, gate)], store });
  const { system: client } = await open({ definitions: [define([], gate)], store, role: "client" });
  await Promise.all(place("m", 30).map((event) => client.dispatch(event)));
  await pause(150);
  await Promise.all(place("a", 30).map((event) => client.dispatch(event)));
  await worker.stop({ timeout: 0 });
  gate.open();
  await worker.start();
  await client.dispatch(place("k", 30));
  await client.whenIdle();
  await worker.whenIdle();
  expect([...new Set(handled)].toSorted()).toEqual(idsOf([...place("a", 30), ...place("k", 30), ...place("m", 30)]));
  expect((await worker.lag()).waiting).toBe(0);
  expect(errors).toEqual([]);
});

test("what lies in the store and was never told to the worker is found before it says that all is done, and is said loudly", async () => {
  const handled: string[] = [];
  const gate = createGate();
  gate.open();
  const path = createDatabasePath();
  const { system, errors } = await open({ definitions: [define(handled, gate)], store: { path } });
  await system.dispatch(place("m", 3));
  await system.whenIdle();
  expect(errors).toEqual([]);
  // No program does this; a fault of Perdure's would leave the same rows.
  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  database.exec(`
    INSERT INTO perdure_events (event_id, type, aggregate_id, payload, occurred_at, accepted_at) VALUES ('lost', 'OrderPlaced', 'lost', '{}', 0, 0);
    INSERT INTO perdure_mailbox (process, aggregate_id, position, kind, generation) SELECT 'order/order-lifecycle', 'lost', position, 'event', 0 FROM perdure_events WHERE event_id = 'lost';
    UPDATE perdure_instances SET due_at = 0 WHERE aggregate_id = 'm001';`);
  await system.whenIdle();
  expect(handled).toContain("lost");
  expect(handled).toContain("timed out m001");
  expect(errors.length).toBeGreaterThan(0);
  for (const message of errors) expect(message).toContain("the worker did not know");
});
