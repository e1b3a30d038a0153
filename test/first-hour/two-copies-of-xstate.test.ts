import { createRequire } from "node:module";
import { join } from "node:path";
import { compileProcess, defineProcess } from "perdure";
import { createTestSystem } from "perdure/testing";
import { expect, test as it } from "vitest";
import * as xstate from "xstate";
import { Project } from "../cli/perdure.ts";

/** XState, loaded a second time, as it is where a program has a version of its own. */
function loadAgain(): typeof xstate {
  const require = createRequire(import.meta.url);
  const loaded = Object.entries(require.cache).filter(([path]) => path.includes("/node_modules/xstate/"));
  for (const [path] of loaded) delete require.cache[path];
  const again = require("xstate") as typeof xstate;
  Object.assign(require.cache, Object.fromEntries(loaded));
  return again;
}

it("25: a program with a copy of XState of its own runs Perdure's machine, and Perdure runs the program's", async () => {
  const other = loadAgain();
  expect(other.createActor).not.toBe(xstate.createActor);
  const machine = await compileProcess(join(new Project().folder, "domain/order/processes/order-lifecycle"));
  const actor = other.createActor(machine).start();
  actor.send({ type: "OrderPlaced" });
  expect(actor.getSnapshot()).toMatchObject({ value: "started" });
  actor.stop();

  const chart = other.createMachine({
    initial: "waiting",
    states: { waiting: { on: { OrderFulfilled: "done" } }, done: { type: "final" } },
  });
  const process = defineProcess({ aggregate: "order", name: "own", startedBy: ["OrderPlaced"], timeout: "1d", machine: chart });
  const shop = await createTestSystem({ definitions: [process] });
  for (const type of ["OrderPlaced", "OrderFulfilled"]) await shop.dispatch({ type, aggregateId: "o-1" });
  expect(await shop.system.processes.find({})).toMatchObject([{ status: "completed" }]);
  await shop.stop();
});
