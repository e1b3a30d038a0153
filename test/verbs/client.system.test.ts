import { createProcessSystem, defineProcess } from "perdure";
import { expect, onTestFinished, test as it } from "vitest";
import { silentLogger } from "../support/silent-logger.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { codeOf } from "./orders.ts";

it("a client and a standby have the worker change instances, and are told its refusals", async () => {
  const ran: string[] = [];
  const order = defineProcess({
    aggregate: "order",
    name: "life",
    startedBy: ["OrderPlaced"],
    completedBy: [],
    timeout: "9d",
    on: {},
    onCancelled: ({ event }) => {
      ran.push(event.type);
    },
  });
  const store = { path: createDatabasePath() };
  const open = async (role: "worker" | "client") => {
    const system = await createProcessSystem({ definitions: [order], store, role, logger: silentLogger });
    onTestFinished(() => system.stop());
    await system.start();
    return system;
  };
  const worker = await open("worker");
  const standby = await open("worker");
  const client = await open("client");
  expect([worker.state, standby.state]).toEqual(["working", "standby"]);
  await worker.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  const { processId } = await worker.processes.waitFor({ aggregateId: "o-1" });
  expect(await client.processes.suspend(processId, { by: "ada" })).toMatchObject({ suspended: { by: "ada" } });
  const outcomes = await Promise.all([codeOf(client.processes.resume(processId)), codeOf(standby.processes.resume(processId))]);
  expect(outcomes.toSorted()).toEqual(["INSTANCE_NOT_SUSPENDED", "done"]);
  const dueAt = new Date(Date.now() + 1_000_000);
  expect(await standby.processes.reschedule(processId, { dueAt })).toMatchObject({ dueAt });
  expect(await client.processes.cancelAll({ aggregateId: "o-1" }, { by: "ada" })).toEqual([
    { id: processId, outcome: "done", error: undefined },
  ]);
  expect(await codeOf(standby.processes.cancel(processId))).toBe("INSTANCE_ENDED");
  expect(await codeOf(client.processes.cancel("no-such"))).toBe("INSTANCE_UNKNOWN");
  await worker.whenIdle();
  expect(ran).toEqual(["LifeCancelled"]);
});
