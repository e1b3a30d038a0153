// A worker with a schedule for every minute, of which a second here has ten, in an OS process of its own: a test kills it.
import { createProcessSystem, defineProcess, defineSchedule } from "../../dist/index.js";
import { leave, say, takeOrders } from "../support/worker-side.mjs";

const FASTER = 600;

/** The same moment in each OS process: minutes that pass in a tenth of a second since `begun`. */
const createClock = (begun) => ({
  now: () => begun + (Date.now() - begun) * FASTER,
  setTimeout: (callback, ms) => setTimeout(() => callback(), ms / FASTER),
  clearTimeout,
});

takeOrders(async ({ path, begun }) => {
  const schedule = (name, missed) =>
    defineSchedule({ aggregate: "tick", name, cron: "* * * * *", missed, event: { type: "MinuteBegan", aggregateId: name } });
  const system = await createProcessSystem({
    definitions: [
      defineProcess({
        aggregate: "tick",
        name: "minutes",
        startedBy: ["MinuteBegan"],
        completedBy: [],
        timeout: "5000d",
        on: { MinuteBegan: () => {} },
      }),
    ],
    schedules: [schedule("each", "all"), schedule("latest", "once")],
    store: { path, synchronous: "normal" },
    processes: { lease: "1s" },
    clock: createClock(begun),
    logger: { error: console.error },
  });
  let handled = 0;
  system.processes.subscribe(({ kind }) => {
    if (kind === "handled" || kind === "started") say({ at: "handled", handled: (handled += 1) });
  });
  process.once("message", async () => {
    await system.stop();
    leave();
  });
  await system.start();
});
