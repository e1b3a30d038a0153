import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, defineProcess } from "perdure";

/**
 * Runs order lifecycles of three events and two commands each on a file database, and prints events per second for each
 * durability, next to what the same disk gives one bare insert per transaction: the ratio is what can be compared between
 * machines. Usage: npm run bench -- [lifecycles]
 */
const lifecycles = Number(process.argv[2] ?? 10_000);
const folder = mkdtempSync(join(tmpdir(), "perdure-bench-"));

const definition = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  on: {
    OrderPlaced: async ({ event, commands }) => {
      await commands.sendWelcomeEmail!({ aggregateId: event.aggregateId });
    },
    PaymentReceived: async ({ event, commands }) => {
      await commands.shipOrder!({ aggregateId: event.aggregateId });
    },
    OrderFulfilled: async () => {},
  },
});

for (const synchronous of ["full", "normal"] as const) {
  const bare = measureBareInserts(synchronous);
  const { acceptedMs, totalMs } = await measureLifecycles(synchronous);
  const events = lifecycles * 3;
  const perSecond = (ms: number) => Math.round((events / ms) * 1000);
  console.log(
    `synchronous=${synchronous}: ${events} events, ${lifecycles * 2} commands; accepted at ${perSecond(acceptedMs)}/s, ` +
      `accepted and handled at ${perSecond(totalMs)}/s; bare inserts, one per transaction: ${Math.round(bare)}/s; ` +
      `ratio ${(perSecond(totalMs) / bare).toFixed(2)}; heap ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB`,
  );
}
rmSync(folder, { recursive: true });

async function measureLifecycles(synchronous: "full" | "normal") {
  const system = await createProcessSystem({
    definitions: [definition],
    commands: { sendWelcomeEmail: async () => {}, shipOrder: async () => {} },
    store: { type: "sqlite", path: join(folder, `${synchronous}.db`), synchronous },
  });
  await system.start();
  const startedAt = performance.now();
  const types = ["OrderPlaced", "PaymentReceived", "OrderFulfilled"];
  const pending: Promise<unknown>[] = [];
  for (const type of types) {
    for (let index = 0; index < lifecycles; index += 1) {
      pending.push(system.dispatch({ type, aggregateId: `order-${index}`, payload: { total: index } }));
      // A server accepts while it works: every hundred calls the event loop gets a turn.
      if (index % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await Promise.all(pending);
  const acceptedMs = performance.now() - startedAt;
  await system.whenIdle();
  const totalMs = performance.now() - startedAt;
  const completed = system.overview.getSnapshot().context.counts["order/order-lifecycle"]?.completed;
  if (completed !== lifecycles) throw new Error(`${completed} of ${lifecycles} lifecycles completed`);
  await system.stop();
  return { acceptedMs, totalMs };
}

function measureBareInserts(synchronous: "full" | "normal"): number {
  const database = new SqliteDatabase(join(folder, `bare-${synchronous}.db`));
  database.pragma("journal_mode = WAL");
  database.pragma(`synchronous = ${synchronous}`);
  database.exec("CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)");
  const insert = database.prepare("INSERT INTO bare (text) VALUES (?)");
  const startedAt = performance.now();
  const count = 2_000;
  for (let index = 0; index < count; index += 1) insert.run(`row ${index}`);
  const elapsedMs = performance.now() - startedAt;
  database.close();
  return (count / elapsedMs) * 1000;
}
