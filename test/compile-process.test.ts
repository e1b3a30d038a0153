import { fileURLToPath } from "node:url";
import { compileProcess, createProcessSystem, defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createActor, createMachine, SimulatedClock } from "xstate";
import { getShortestPaths } from "xstate/graph";

const domain = fileURLToPath(new URL("../examples/order-lifecycle/domain", import.meta.url));
const folder = `${domain}/order/processes/order-lifecycle`;

describe("compileProcess", () => {
  it("gives the machine that a system has, but for the system's retry policy", async () => {
    const system = await createProcessSystem({ domain, store: { path: ":memory:" } });
    const { retry: _retry, ...meta } = system.machines["order/order-lifecycle"]!.root.meta as { readonly retry?: unknown };
    await system.stop();
    const machine = await compileProcess(folder);
    expect(JSON.parse(JSON.stringify(machine.config))).toEqual(
      JSON.parse(JSON.stringify({ ...system.machines["order/order-lifecycle"]!.config, meta })),
    );
  });

  it("gives one that runs in a plain actor with a simulated clock, and in xstate/graph", async () => {
    const machine = await compileProcess(folder);
    const clock = new SimulatedClock();
    const actor = createActor(machine, { clock }).start();
    actor.send({ type: "OrderPlaced" });
    clock.increment(4_000);
    expect(actor.getSnapshot()).toMatchObject({ value: "timed_out", status: "done" });
    expect(
      getShortestPaths(machine)
        .map(({ state }) => state.value as string)
        .toSorted(),
    ).toEqual(["completed", "failed", "started", "timed_out"]);
  });

  it("gives one whose config is JSON that XState reads again, as Stately's editor does", async () => {
    const { config } = await compileProcess(folder);
    const again = createMachine(JSON.parse(JSON.stringify(config)) as Parameters<typeof createMachine>[0], { delays: { "4s": 4_000 } });
    const actor = createActor(again, { clock: new SimulatedClock() }).start();
    actor.send({ type: "OrderFulfilled" });
    expect(actor.getSnapshot().value).toBe("completed");
  });

  it("takes a definition made in code, and reports what is wrong with it", async () => {
    const options = { aggregate: "order", name: "note", startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d", on: {} } as const;
    expect((await compileProcess(defineProcess(options))).id).toBe("order/note");
    await expect(compileProcess(defineProcess({ ...options, startedBy: [] }))).rejects.toThrow(
      expect.objectContaining({ code: "DEFINITION_INVALID" }),
    );
  });

  it("refuses a folder that is no process", async () => {
    await expect(compileProcess(domain)).rejects.toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
    await expect(compileProcess(`${folder}s`)).rejects.toThrow("did you mean order/order-lifecycle?");
  });
});
