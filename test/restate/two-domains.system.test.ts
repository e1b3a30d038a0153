import { type CommandHandlerArgs, defineProcess } from "perdure";
import { connectRestate, registerRestate, serveRestate } from "perdure/restate";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { until } from "../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";

/** A domain with one process and one command, which both domains call `report`. */
async function serveDomain({ ingress, admin }: RestateServer, aggregate: string, name?: string) {
  const ran: string[] = [];
  const definition = defineProcess({
    aggregate,
    name: "life",
    startedBy: ["Began"],
    completedBy: ["Ended"],
    timeout: "1h",
    on: { Began: ({ event, commands }) => commands["report"]!({ aggregateId: event.aggregateId }) },
  });
  const options = {
    definitions: [definition],
    commands: { report: ({ command }: CommandHandlerArgs) => void ran.push(command.aggregateId) },
    logger: silentLogger,
    ...(name !== undefined && { name }),
  };
  const server = await serveRestate({ port: 0, address: "127.0.0.1", ...options });
  const system = await connectRestate({ ...options, ingress, admin });
  onTestFinished(async () => {
    await system.stop();
    await server.stop({ timeout: 0 });
  });
  const register = (force = false) => registerRestate({ admin, uri: `http://127.0.0.1:${server.port}`, force });
  return { ran, system, register };
}

describe.skipIf(!isRestateHere())("two domains on one server of Restate", () => {
  it("run their own commands and see their own instances, if they have different names", async () => {
    await using server = await startRestateServer();
    const shop = await serveDomain(server, "order");
    const billing = await serveDomain(server, "bill", "billing");
    await shop.register();
    expect(await billing.register()).toMatchObject({ added: ["bill/life"], removed: [] });
    // A list goes through the intake.
    await shop.system.dispatch(["o-1", "o-2"].map((aggregateId) => ({ type: "Began", aggregateId })));
    await billing.system.dispatch({ type: "Began", aggregateId: "b-1" });
    await until(() => shop.ran.length === 2 && billing.ran.length === 1);
    expect([shop.ran.toSorted(), billing.ran]).toEqual([["o-1", "o-2"], ["b-1"]]);
    // A handler has run before what it did is certain.
    await Promise.all([shop.system.whenIdle(), billing.system.whenIdle()]);
    const found = async (system: typeof shop.system) => (await system.processes.find()).map(({ aggregateId }) => aggregateId).toSorted();
    expect([await found(shop.system), await found(billing.system)]).toEqual([["o-1", "o-2"], ["b-1"]]);
    expect([(await shop.system.lag()).accepted, (await billing.system.lag()).accepted]).toEqual([2, 1]);
    expect([await shop.system.changes(), await billing.system.changes()]).toEqual([[], []]);
  });

  it("are told apart at registration, if they have the same name", async () => {
    await using server = await startRestateServer();
    const shop = await serveDomain(server, "order");
    const billing = await serveDomain(server, "bill");
    await shop.register();
    await expect(billing.register()).rejects.toMatchObject({ code: "DOMAIN_IN_USE", details: { processes: ["order/life"] } });
    await shop.system.dispatch({ type: "Began", aggregateId: "o-1" });
    await until(() => shop.ran.length === 1);
  });
});
