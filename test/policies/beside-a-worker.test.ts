import { createProcessSystem, definePolicy, type PolicyOptions, type ProcessSystem, type ProcessSystemOptions } from "perdure";
import { createManualClock } from "perdure/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

/** One file, and several systems on it, each with policies and commands of its own. */
function createDeploy() {
  const path = createDatabasePath();
  const clock = createManualClock(START);
  const ran: string[] = [];
  const warned: string[] = [];
  return {
    ran,
    warned,
    clock,
    policy: (by: string, options: Partial<PolicyOptions> = {}) =>
      definePolicy({
        aggregate: "order",
        name: "tell-stock",
        on: "OrderPlaced",
        handler: ({ event }) => void ran.push(`${event.eventId} by ${by}`),
        ...options,
      }),
    open: async (role: "worker" | "client", options: ProcessSystemOptions = {}): Promise<ProcessSystem> => {
      const logger = { warn: (message: string) => void warned.push(message) };
      const system = await createProcessSystem({ store: { path }, role, clock, logger, commands: { noop: () => {} }, ...options });
      onTestFinished(() => system.stop());
      await system.start();
      return system;
    },
  };
}

const placed = (eventId: string, aggregateId = "o-1") => ({ type: "OrderPlaced", eventId, aggregateId });

describe("a client beside a worker", () => {
  it("has the worker's policies run for what it accepts, in order with what the worker accepts", async () => {
    const deploy = createDeploy();
    const worker = await deploy.open("worker", { policies: [deploy.policy("worker")] });
    const client = await deploy.open("client");
    const others = await deploy.open("client", { policies: [deploy.policy("a client")] });
    await worker.dispatch(placed("e-1"));
    await worker.whenIdle();
    expect(await client.dispatch(placed("e-2"))).toEqual({ eventId: "e-2", outcome: "accepted" });
    expect(await worker.dispatch(placed("e-3"))).toMatchObject({ outcome: "accepted" });
    expect(await others.dispatch(placed("e-4"))).toMatchObject({ outcome: "accepted" });
    await expect.poll(() => deploy.ran.length).toBe(4);
    expect(deploy.ran).toEqual(["e-1 by worker", "e-2 by worker", "e-3 by worker", "e-4 by worker"]);
    await client.whenIdle();
  });

  it("accepts what is due later, and the worker runs it then", async () => {
    const deploy = createDeploy();
    const worker = await deploy.open("worker", { policies: [deploy.policy("worker", { delay: "1h" })] });
    const client = await deploy.open("client");
    await client.dispatch(placed("e-1"));
    await expect.poll(async () => (await worker.lag()).pendingCommands).toBe(1);
    expect((await client.timers.list())[0]).toMatchObject({ policy: "order/tell-stock", dueAt: new Date(START + 3_600_000) });
    await expect.poll(() => deploy.clock.nextTimerAt).toBe(START + 3_600_000);
    deploy.clock.moveTo(START + 3_600_000);
    await expect.poll(() => deploy.ran).toEqual(["e-1 by worker"]);
  });

  it("has its commands run by the worker, and is told of duplicates by whoever was first", async () => {
    const deploy = createDeploy();
    const commands = { sendMail: () => void deploy.ran.push("mail") };
    const worker = await deploy.open("worker", { commands });
    const client = await deploy.open("client", { commands });
    const call = { aggregateId: "u-1", commandId: "c-1", payload: {} };
    expect(await client.commands.sendMail!(call)).toEqual({ commandId: "c-1", dueAt: new Date(START), outcome: "accepted" });
    await expect.poll(() => deploy.ran).toEqual(["mail"]);
    expect(await worker.commands.sendMail!(call)).toEqual({ commandId: "c-1", dueAt: new Date(START), outcome: "duplicate" });
    await worker.whenIdle();
    expect(deploy.ran).toEqual(["mail"]);
  });
});

describe("a worker without the policy", () => {
  it("leaves the event to one that has it, says so once, and is idle meanwhile", async () => {
    const deploy = createDeploy();
    const older = await deploy.open("worker", { definitions: [defineLifecycle({})] });
    const newer = await deploy.open("client", { policies: [deploy.policy("newer")] });
    expect(await newer.dispatch([placed("e-1"), placed("e-2", "o-2")])).toMatchObject([{ outcome: "accepted" }, { outcome: "accepted" }]);
    await expect.poll(() => deploy.warned.length).toBeGreaterThan(0);
    await older.whenIdle();
    expect(deploy.ran).toEqual([]);
    expect(deploy.warned).toEqual([expect.stringMatching(/^policy "order\/tell-stock", aggregate "o-1": an event waits for a worker/)]);
    expect(await older.lag()).toMatchObject({ awaitingDefinition: 2, overdueTimers: 0, deadLetters: 0 });
    await older.stop();
    await deploy.open("worker", { policies: [deploy.policy("the next")] });
    await expect.poll(() => deploy.ran.toSorted()).toEqual(["e-1 by the next", "e-2 by the next"]);
  });

  it("refuses to retry the policy's letter, and discards it", async () => {
    const deploy = createDeploy();
    const fail = () => {
      throw new Error("stock is closed");
    };
    const before = await deploy.open("worker", {
      policies: [deploy.policy("before", { handler: fail, retry: { retryStrategy: "none" } })],
    });
    await before.dispatch(placed("e-1"));
    await before.whenIdle();
    await before.stop();
    const worker = await deploy.open("worker");
    const client = await deploy.open("client");
    const [letter] = await worker.deadLetters.list();
    for (const system of [worker, client]) {
      await expect(system.deadLetters.retry(letter!.id)).rejects.toMatchObject({
        code: "POLICY_REMOVED",
        message: expect.stringContaining('the policy "order/tell-stock" is not defined any more') as string,
      });
    }
    expect(await client.deadLetters.discard(letter!.id)).toMatchObject({ status: "discarded" });
    expect(await worker.lag()).toMatchObject({ deadLetters: 0 });
  });
});
