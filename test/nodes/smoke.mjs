// A program on the built package, in whatever runs this: node smoke.mjs <what> <file> [<driver>]. It prints a line of JSON, or kills itself.
import { deepEqual, equal, rejects } from "node:assert/strict";
import { createProcessSystem, defineProcess } from "perdure";

const [what, path, driver] = process.argv.slice(2);
const packed = [];
const definition = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderPacked"],
  timeout: "2s",
  on: {
    OrderPlaced: () => {},
    OrderPaid: ({ event, commands }) => commands.pack({ aggregateId: event.aggregateId }),
    OrderPacked: () => {},
  },
});
const open = (store, handler) =>
  createProcessSystem({
    definitions: [definition],
    commands: {
      pack: handler ?? (({ command }) => (packed.push(command.aggregateId), { type: "OrderPacked", aggregateId: command.aggregateId })),
    },
    store,
  });
const statusOf = async (system, aggregateId) => (await system.processes.find({ aggregateId }))[0]?.status;

const parts = {
  /** Accepts events, handles them, and dies without a goodbye while a timer waits. */
  live: async () => {
    const system = await open({ path, driver });
    await system.start();
    await system.dispatch([
      { type: "OrderPlaced", aggregateId: "paid" },
      { type: "OrderPlaced", aggregateId: "waiting" },
      { type: "OrderPaid", aggregateId: "paid" },
    ]);
    await system.whenIdle();
    deepEqual(packed, ["paid"]);
    equal(await statusOf(system, "paid"), "completed");
    equal(await statusOf(system, "waiting"), "started");
    process.kill(process.pid, "SIGKILL");
  },
  /** Goes on after that, and has the timer. */
  "go on": async () => {
    const system = await open({ path, driver });
    await system.start();
    await system.processes.waitFor({ aggregateId: "waiting" }, { status: "timed_out" });
    equal(await statusOf(system, "paid"), "completed");
    equal((await system.dispatch({ type: "OrderPaid", aggregateId: "late" })).outcome, "unrouted");
    await system.stop();
  },
  /** The program's rows and Perdure's in one transaction of a connection of node:sqlite's. */
  "share a connection": async () => {
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE orders (id TEXT PRIMARY KEY); CREATE TABLE packed (id TEXT)");
    const handler = ({ command, database: lent }) => {
      lent.prepare("INSERT INTO packed VALUES (?)").run(command.aggregateId);
      return { type: "OrderPacked", aggregateId: command.aggregateId };
    };
    const system = await open({ database }, { transaction: true, handler });
    await system.start();
    for (const [id, end] of [
      ["kept", "COMMIT"],
      ["undone", "ROLLBACK"],
    ]) {
      database.exec("BEGIN");
      database.prepare("INSERT INTO orders VALUES (?)").run(id);
      system.enqueue([
        { type: "OrderPlaced", aggregateId: id },
        { type: "OrderPaid", aggregateId: id },
      ]);
      database.exec(end);
    }
    await system.whenIdle();
    deepEqual(
      database
        .prepare("SELECT id FROM packed")
        .all()
        .map(({ id }) => id),
      ["kept"],
    );
    equal(await statusOf(system, "kept"), "completed");
    equal(await statusOf(system, "undone"), undefined);
    await system.stop();
    equal(database.isOpen, true);
    database.close();
    await rejects(open({ database }), { code: "STORE_UNAVAILABLE" });
    await rejects(open({ database, driver: "node:sqlite" }), { code: "CONFIG_INVALID" });
  },
  /** Two drivers on one file would end each other's locks. */
  "mix drivers": async () => {
    const system = await open({ path, driver });
    await system.start();
    const other = driver === "node:sqlite" ? "better-sqlite3" : "node:sqlite";
    await rejects(open({ path, driver: other }), (error) => {
      equal(error.code, "STORE_UNAVAILABLE");
      equal(error.problem.includes(`was to be opened with ${other}, and this OS process has it open with ${driver}`), true);
      return true;
    });
    await system.stop();
    const later = await open({ path, driver: other });
    await later.stop();
  },
};

await parts[what]();
console.log(JSON.stringify({ done: what }));
