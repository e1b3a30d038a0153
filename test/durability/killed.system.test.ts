import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { createGround, type Ground } from "./worker.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

const placed = { type: "OrderPlaced", aggregateId: "o-1", eventId: "e-1" } as const;
const fulfilled = { type: "OrderFulfilled", aggregateId: "o-1", eventId: "e-2" } as const;

/** Looks at what the workers left, without working on it. */
async function openLeft({ path }: Ground): Promise<ProcessSystem> {
  const definition = defineLifecycle({}, { timeout: "365d" });
  const system = await createProcessSystem({ store: { path }, definitions: [definition] });
  onTestFinished(() => system.stop());
  return system;
}

function expectWholeFile({ path }: Ground) {
  const database = new SqliteDatabase(path, { readonly: true });
  expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
  database.close();
}

const journalOf = async (system: ProcessSystem) => {
  const [instance] = await system.processes.find();
  return (await system.processes.history(instance!.processId)).map(({ kind, event, command }) => `${kind} ${event?.type ?? command?.type}`);
};

const namesOf = (lines: readonly string[]) => lines.map((line) => line.split(" ")[0]);

describe("a process killed between accepting an event and handling it", () => {
  it("finds it after the restart, without its being dispatched again", async () => {
    const ground = createGround();
    await ground.runUntil("accepted", { start: false, dispatch: [placed, fulfilled] });
    expect(ground.readLedger()).toEqual([]);
    expectWholeFile(ground);

    await ground.runUntilIdle();
    const names = namesOf(ground.readLedger());
    expect(names[0]).toBe("OrderPlaced");
    for (const name of ["OrderPlaced", "OrderFulfilled", "reserveStock"]) expect(names.filter((other) => other === name)).toHaveLength(1);
    const system = await openLeft(ground);
    expect(await system.processes.find()).toMatchObject([{ aggregateId: "o-1", status: "completed" }]);
    expect(await system.lag()).toMatchObject({ waiting: 0, pendingCommands: 1 });
  });

  it("knows the event again: dispatched once more after the restart it is a duplicate", async () => {
    const ground = createGround();
    await ground.runUntil("accepted", { start: false, dispatch: [placed] });
    const system = await openLeft(ground);
    await expect(system.dispatch(placed)).resolves.toMatchObject({ outcome: "duplicate" });
    await system.stop();
    await ground.runUntilIdle({ dispatch: [placed] });
    expect(namesOf(ground.readLedger())).toEqual(["OrderPlaced", "reserveStock", "StockReserved"]);
  });
});

describe("a process killed inside a handler", () => {
  it("has nothing of the step, and runs the handler again as the same attempt", async () => {
    const ground = createGround();
    await ground.runUntil("OrderPlaced", { hangIn: "OrderPlaced", dispatch: [placed] });
    expect(ground.readLedger()).toEqual(["OrderPlaced o-1 e-1 attempt 1"]);
    expectWholeFile(ground);

    const left = await openLeft(ground);
    expect(await left.processes.find()).toEqual([]);
    expect(await left.timers.list()).toEqual([]);
    expect(await left.lag()).toMatchObject({ accepted: 1, handled: 0, waiting: 1, pendingCommands: 0 });
    await left.stop();

    await ground.runUntilIdle();
    const ledger = ground.readLedger();
    expect(namesOf(ledger)).toEqual(["OrderPlaced", "OrderPlaced", "reserveStock", "StockReserved"]);
    expect(ledger[1]).toBe(ledger[0]);
    const system = await openLeft(ground);
    expect(await journalOf(system)).toEqual([
      "started OrderPlaced",
      "handled OrderPlaced",
      "command_handled reserveStock",
      "handled StockReserved",
    ]);
    expect(await system.timers.list({ kind: "command" })).toMatchObject([{ command: "sendReminder" }]);
  });

  it("does not complete the instance, and completes it after the restart", async () => {
    const ground = createGround();
    await ground.runUntil("OrderFulfilled", { hangIn: "OrderFulfilled", dispatch: [placed, fulfilled] });
    const left = await openLeft(ground);
    expect(await left.processes.find()).toMatchObject([{ status: "started", endedAt: undefined }]);
    await left.stop();
    await ground.runUntilIdle();
    expect(namesOf(ground.readLedger()).filter((name) => name === "OrderPlaced" || name === "OrderFulfilled")).toEqual([
      "OrderPlaced",
      "OrderFulfilled",
      "OrderFulfilled",
    ]);
    const system = await openLeft(ground);
    expect(await system.processes.find()).toMatchObject([{ status: "completed" }]);
  });

  it("runs a command again with the same id, and its event is accepted once", async () => {
    const ground = createGround();
    await ground.runUntil("reserveStock", { hangIn: "reserveStock", dispatch: [placed] });
    const left = await openLeft(ground);
    expect(await left.lag()).toMatchObject({ accepted: 1, pendingCommands: 2 });
    await left.stop();

    await ground.runUntilIdle();
    const ledger = ground.readLedger();
    expect(namesOf(ledger)).toEqual(["OrderPlaced", "reserveStock", "reserveStock", "StockReserved"]);
    expect(ledger[2]).toBe(ledger[1]);
    const system = await openLeft(ground);
    expect(await system.lag()).toMatchObject({ accepted: 2, handled: 2, pendingCommands: 1 });
  });
});

describe("a process killed right after a commit", () => {
  it("does not run the handler again, and executes what it dispatched", async () => {
    const ground = createGround();
    await ground.runUntil("handled", { hangAfter: "handled", dispatch: [placed] });
    expect(namesOf(ground.readLedger())).toContain("OrderPlaced");
    expectWholeFile(ground);
    const left = await openLeft(ground);
    expect((await journalOf(left)).slice(0, 2)).toEqual(["started OrderPlaced", "handled OrderPlaced"]);
    await left.stop();

    await ground.runUntilIdle();
    const names = namesOf(ground.readLedger());
    expect(names.filter((name) => name === "OrderPlaced")).toHaveLength(1);
    expect(names.filter((name) => name === "StockReserved")).toHaveLength(1);
    const system = await openLeft(ground);
    expect(await journalOf(system)).toEqual([
      "started OrderPlaced",
      "handled OrderPlaced",
      "command_handled reserveStock",
      "handled StockReserved",
    ]);
  });

  it("does not run a command again that was settled, and handles the event it returned", async () => {
    const ground = createGround();
    await ground.runUntil("command_handled", { hangAfter: "command_handled", dispatch: [placed] });
    const left = await openLeft(ground);
    expect(await left.lag()).toMatchObject({ accepted: 2, pendingCommands: 1 });
    await left.stop();

    await ground.runUntilIdle();
    const names = namesOf(ground.readLedger());
    expect(names.filter((name) => name === "reserveStock")).toHaveLength(1);
    expect(names).toContain("StockReserved");
    const system = await openLeft(ground);
    expect(await system.lag()).toMatchObject({ accepted: 2, handled: 2 });
  });

  it("leaves a completed instance completed, with nothing of it left to do", async () => {
    const ground = createGround();
    await ground.runUntil("completed", { hangAfter: "completed", dispatch: [placed, fulfilled] });
    await ground.runUntilIdle();
    expect(namesOf(ground.readLedger()).filter((name) => name === "OrderFulfilled")).toHaveLength(1);
    const system = await openLeft(ground);
    expect(await system.processes.find()).toMatchObject([{ status: "completed" }]);
    expect(await system.timers.list({ kind: "timeout" })).toEqual([]);
  });
});

it("survives a series of kills at every place on the way of one event, with each effect of a committed step once", async () => {
  const ground = createGround();
  await ground.runUntil("accepted", { start: false, dispatch: [placed] });
  await ground.runUntil("OrderPlaced", { hangIn: "OrderPlaced" });
  await ground.runUntil("handled", { hangAfter: "handled", hangIn: "reserveStock" });
  await ground.runUntil("reserveStock", { hangIn: "reserveStock" });
  await ground.runUntil("StockReserved", { hangIn: "StockReserved" });
  await ground.runUntilIdle({ dispatch: [placed] });
  const system = await openLeft(ground);
  expect(await journalOf(system)).toEqual([
    "started OrderPlaced",
    "handled OrderPlaced",
    "command_handled reserveStock",
    "handled StockReserved",
  ]);
  expect(namesOf(ground.readLedger()).filter((name) => name === "OrderPlaced")).toHaveLength(2);
  expectWholeFile(ground);
});
