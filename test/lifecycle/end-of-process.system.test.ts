import { expect, test as it } from "vitest";
import { startNode } from "../support/os-process.ts";
import { within } from "../support/patience.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

/** Runs a program on the built package; resolves when it has ended by itself. */
async function run(body: string): Promise<{ code: number | null; output: string }> {
  const program = `
    import { createProcessSystem, defineProcess } from "perdure";
    const open = (does = () => {}, options = {}) => createProcessSystem({
      store: { path: ${JSON.stringify(createDatabasePath())} },
      definitions: [defineProcess({ aggregate: "order", name: "order-lifecycle", startedBy: ["OrderPlaced"], completedBy: ["OrderFulfilled"], timeout: "7d", on: { OrderPlaced: does } })],
      commands: { remind: () => {} },
      ...options,
    });
    const placed = { type: "OrderPlaced", aggregateId: "o-1" };
    ${body}`;
  // Inside the package, so that it finds itself by its name.
  const { ended } = startNode(["--input-type=module", "--eval", program]);
  const { code, stdout: output } = await within(ended, "the OS process to end");
  return { code, output };
}

it("the OS process ends by itself after a system was only created", async () => {
  await expect(run(`await open(); console.log("created");`)).resolves.toEqual({ code: 0, output: "created\n" });
});

it("the OS process ends by itself after an event was dispatched and nothing started", async () => {
  await expect(run(`const system = await open(); await system.dispatch(placed); console.log("accepted");`)).resolves.toEqual({
    code: 0,
    output: "accepted\n",
  });
});

it("the OS process ends by itself after stop, with timers, delayed commands and retries still to come", async () => {
  const { code, output } = await run(`
    let count = 0;
    const system = await open(async ({ commands, event }) => {
      await commands.remind({ aggregateId: event.aggregateId, delay: "1h" });
      if ((count += 1) === 2) throw new Error("down");
    }, { processes: { retry: { initialDelay: "1h", maxDelay: "1h" } } });
    await system.start();
    await system.dispatch([placed, placed, placed]);
    await system.whenIdle();
    console.log((await system.timers.list()).map(({ kind }) => kind).sort().join());
    await system.stop();`);
  expect({ code, output }).toEqual({ code: 0, output: "command,retry,timeout\n" });
});

it("the OS process ends by itself after stop has cut off what hangs, and with waitFor unanswered", async () => {
  const { code, output } = await run(`
    const system = await open(() => new Promise(() => {}));
    await system.start();
    await system.dispatch(placed);
    system.processes.waitFor({ aggregateId: "o-9" }, { timeout: "1h" }).catch((error) => console.log(error.code));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await system.stop({ timeout: 10 });
    console.log("stopped");`);
  expect(code).toBe(0);
  expect(output.trim().split("\n").toSorted()).toEqual(["SYSTEM_STOPPED", "stopped"]);
});

it("the OS process goes on while a started system has something to wait for", async () => {
  const { code, output } = await run(`
    const system = await open(({ commands, event }) => commands.tell({ aggregateId: event.aggregateId, delay: "300ms" }), {
      commands: { tell: async () => { console.log("told"); setImmediate(() => system.stop()); } },
    });
    await system.start();
    await system.dispatch(placed);`);
  expect({ code, output }).toEqual({ code: 0, output: "told\n" });
});
