// A shop in an OS process of its own, on the built package: orders in a table of its own, an event with each, and a transactional command that writes
// its effect. It works until it is killed or all is done. Orders whose transactions fail are named `no-…`, and must leave no trace.
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { createProcessSystem, defineProcess } from "perdure";
import { say, takeOrders } from "../../support/worker-side.mjs";

takeOrders(({ path, orders, planted }) => {
  const run = async () => {
    const database = new Database(path);
    database.pragma("journal_mode = WAL");
    database.pragma("busy_timeout = 5000");
    database.exec(
      "CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY); CREATE TABLE IF NOT EXISTS effects (command_id TEXT, order_id TEXT)",
    );
    const write = (to, { command }) => to.prepare("INSERT INTO effects VALUES (?, ?)").run(command.commandId, command.aggregateId);
    const booked = ({ command }) => ({ type: "OrderBooked", aggregateId: command.aggregateId });
    // What the checker has to find: an effect that is committed by itself, before its command is settled.
    const outside = async (args) => {
      write(database, args);
      if (args.attempt === 1 && args.command.aggregateId === planted) process.kill(process.pid, "SIGKILL");
      return booked(args);
    };
    const inside = (args) => {
      write(args.database, args);
      // Some attempts fail, and what they have written has to be undone.
      if (args.attempt === 1 && args.command.aggregateId.endsWith("7")) throw new Error("not at the first attempt");
      return booked(args);
    };
    const system = await createProcessSystem({
      store: { database },
      processes: { retry: { initialDelay: 5, maxRetries: 20, retryStrategy: "fixed" } },
      logger: { error: (message, { error } = {}) => say({ at: "log", message: `${message} ${error?.stack ?? ""}` }) },
      definitions: [
        defineProcess({
          aggregate: "order",
          name: "booking",
          startedBy: ["OrderPlaced"],
          completedBy: ["OrderBooked"],
          timeout: "365d",
          on: { OrderPlaced: ({ event, commands }) => commands.book({ aggregateId: event.aggregateId }) },
        }),
      ],
      commands: { book: planted === undefined ? { transaction: true, handler: inside } : outside },
    });
    const place = database.transaction((id) => {
      const { changes } = database.prepare("INSERT OR IGNORE INTO orders VALUES (?)").run(id);
      if (changes > 0) system.enqueue({ type: "OrderPlaced", aggregateId: id });
      if (id.startsWith("no-")) throw new Error("this order is not placed");
    });
    await system.start();
    say({ at: "up" });
    for (let n = 0; n < orders; n += 1) {
      try {
        place(`no-${n}`);
      } catch {
        // As it is meant to be.
      }
      place(`o-${n}`);
      await sleep(1);
    }
    await system.whenIdle();
    // Retries that wait are no due work.
    while ((await system.lag()).pendingCommands > 0) await sleep(20);
    await system.whenIdle();
    await system.stop();
    database.close();
    say({ at: "done" });
    process.disconnect();
  };
  run().catch((error) => {
    say({ at: "error", message: error.stack });
    process.exit(1);
  });
});
