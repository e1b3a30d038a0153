// A worker on the built package that holds next to nothing in memory, with a command of which some may run at once. In its first lives, the OS
// process ends when so many run.
import { assembleSystem } from "../../dist/system/create-process-system.js";
import { defineProcess } from "perdure";
import { die, never } from "../support/worker-side.mjs";

const AT_ONCE = 4;
const DEADLY_LIVES = 2;
const [path, life] = process.argv.slice(2);

let running = 0;
const label = () => {
  if (Number(life) > DEADLY_LIVES) return undefined;
  running += 1;
  if (running === AT_ONCE) die("SIGKILL");
  return never;
};

const definition = defineProcess({
  aggregate: "order",
  name: "lc",
  startedBy: ["OrderPlaced"],
  completedBy: [],
  timeout: "1d",
  on: { OrderPlaced: ({ event, commands }) => commands.label({ aggregateId: event.aggregateId }) },
});
const { system } = await assembleSystem(
  {
    definitions: [definition],
    commands: { label: { handler: label, limits: { concurrency: AT_ONCE } } },
    store: { path },
    processes: { lease: 500 },
    logger: { info: () => {}, warn: () => {}, error: console.error },
  },
  { memoryLimits: { held: 3 } },
);
await system.start();
await system.whenIdle();
await system.stop();
