import { createProcessSystem } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import { readHealth } from "../../src/observe/health.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";

async function open() {
  const system = await createProcessSystem({ definitions: [defineLifecycle({ OrderPlaced: () => {} })], store: { path: ":memory:" } });
  onTestFinished(() => system.stop());
  return system;
}

it("a system is live and not ready before its start, both while it works, and neither when it was stopped", async () => {
  const system = await open();
  expect(await system.health()).toMatchObject({
    isLive: true,
    isReady: false,
    state: "created",
    reasons: ["the system was not started yet"],
    lag: { waiting: 0 },
  });
  await system.start();
  expect(await system.health()).toMatchObject({ isLive: true, isReady: true, state: "working", reasons: [], lag: { waiting: 0 } });
  await system.stop();
  const { isLive, isReady, reasons, lag } = await system.health();
  expect([isLive, isReady, lag]).toEqual([false, false, undefined]);
  expect(reasons).toEqual(["the system was stopped", expect.stringContaining("the store does not answer")]);
});

it("an event that waits for longer than longestWait makes a system unready, and not dead", async () => {
  const system = await open();
  await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  const lag = async () => ({ ...(await system.lag()), oldestWaitingMs: 5_000 });
  const ask = async (longestWait: string) => readHealth({ state: "working", lag }, { longestWait });
  expect(await ask("6s")).toMatchObject({ isLive: true, isReady: true });
  expect(await ask("4s")).toMatchObject({
    isLive: true,
    isReady: false,
    reasons: ["an event has waited for 5000 ms, and 4000 ms are the most"],
  });
});

it("an option that is wrong or unknown is refused, by its name", async () => {
  const system = await open();
  await expect(system.health({ longestWait: "soon" })).rejects.toThrow("health: longestWait");
  await expect(system.health({ longest: "1s" } as object)).rejects.toThrow("health.longest is not an option");
});
