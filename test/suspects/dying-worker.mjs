// A worker on the built package whose handlers end or block the OS process in the way that their aggregate is named after. It ends with 0
// when nothing is left to do, with 3 when it was displaced.
import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, defineProcess } from "perdure";
import { block, sleep } from "../support/worker-side.mjs";

const [path, lease] = process.argv.slice(2);

const ways = {
  abort: () => process.abort(),
  exit: () => process.exit(9),
  memory: () => {
    for (const all = []; ;) all.push(Array.from({ length: 1_000 }, () => all.length));
  },
  timer: () => {
    setTimeout(() => {
      throw new Error("thrown in a timer");
    });
    return sleep(100);
  },
  rejection: () => {
    void Promise.reject(new Error("a promise that nobody awaits"));
    return sleep(100);
  },
  // Without a turn of the event loop, until another worker has taken over.
  block: () => {
    const database = new SqliteDatabase(path, { readonly: true });
    const readEpoch = database.prepare("SELECT epoch FROM perdure_lease").pluck();
    for (const epoch = readEpoch.get(); readEpoch.get() === epoch;) block(20);
    database.close();
  },
};

const definition = defineProcess({
  aggregate: "order",
  name: "lc",
  startedBy: ["OrderPlaced"],
  completedBy: [],
  timeout: "1d",
  on: { OrderPlaced: ({ event }) => ways[event.aggregateId]?.() },
});
const system = await createProcessSystem({
  definitions: [definition],
  store: { path },
  processes: { lease: Number(lease), retry: { retryStrategy: "none" } },
  logger: { info: () => {}, warn: console.log, error: console.log },
});
await system.start();
console.log(`ready: ${system.state}`);
setInterval(() => {
  if (system.state === "lost") process.exit(3);
}, 20);
while (system.state !== "working") await sleep(20);
await system.whenIdle();
await system.stop();
process.exit();
