import { once } from "node:events";
import { connect } from "node:net";
import { defineProcess, type ProcessSystem } from "perdure";
import { connectRestate, registerRestate, serveRestate } from "perdure/restate";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createGate } from "../support/gate.ts";
import { until } from "../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";

/*
 * What the guide says of an operator's hands: of deploys, and of Restate's own tools.
 */

/** A version of the shop. The handlers of orders whose id begins with "slow" wait for `until`. */
function version(name: string, handled: string[], until: Promise<void> = Promise.resolve()) {
  const note = (aggregateId: string, what: string) => void handled.push(`${name}: ${aggregateId} ${what}`);
  return defineProcess({
    aggregate: "order",
    name: "lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "7d",
    on: {
      OrderPlaced: async ({ event: { aggregateId } }) => {
        note(aggregateId, "placed");
        if (aggregateId.startsWith("slow")) await until;
      },
      PaymentReceived: ({ event: { aggregateId } }) => note(aggregateId, "paid"),
      OrderFulfilled: ({ event: { aggregateId } }) => note(aggregateId, "fulfilled"),
    },
  });
}

describe.skipIf(!isRestateHere())("on Restate", () => {
  let server: RestateServer;
  let system: ProcessSystem;
  beforeAll(async () => {
    server = await startRestateServer();
    const { ingress, admin } = server;
    system = await connectRestate({ definitions: [version("client", [])], logger: silentLogger, ingress, admin });
  }, 60_000);
  afterAll(async () => {
    await system?.stop();
    await server?.[Symbol.asyncDispose]();
  });

  const serve = async (definition: ReturnType<typeof version>, port = 0) => {
    const served = await serveRestate({ definitions: [definition], logger: silentLogger, port, address: "127.0.0.1" });
    onTestFinished(() => served.stop({ timeout: 0 }));
    return served;
  };
  const deploy = async (definition: ReturnType<typeof version>) => {
    const served = await serve(definition);
    await registerRestate({ admin: server.admin, uri: `http://127.0.0.1:${served.port}` });
    return served;
  };
  const dispatch = (type: string, aggregateId: string) => system.dispatch({ type, aggregateId, eventId: `${aggregateId}-${type}` });
  const findInvocation = (aggregateId: string, status: string) =>
    until(async () => {
      const found = await server.sql(
        `select id from sys_invocation where target_service_key = '${aggregateId}' and target_handler_name = 'accept' and status = '${status}'`,
      );
      return found[0]?.["id"] as string | undefined;
    }) as Promise<string>;
  const patch = async (path: string) => {
    const answer = await fetch(`${server.admin}/invocations/${path}`, { method: "PATCH" });
    expect({ path, status: answer.status, text: answer.ok ? "" : await answer.text() }).toMatchObject({ text: "" });
  };

  it("an event that waits for its instance's turn is lost when a person cancels it, and a turn that runs goes on", async () => {
    const handled: string[] = [];
    const gate = createGate();
    await deploy(version("v1", handled, gate.opened));
    await dispatch("OrderPlaced", "slow-1");
    const running = await findInvocation("slow-1", "running");
    await dispatch("PaymentReceived", "slow-1");
    const waiting = await findInvocation("slow-1", "pending");

    await patch(`${running}/cancel`);
    await patch(`${waiting}/cancel`);
    gate.open();

    await dispatch("OrderFulfilled", "slow-1");
    await until(() => handled.includes("v1: slow-1 fulfilled"));
    expect(handled).toEqual(["v1: slow-1 placed", "v1: slow-1 fulfilled"]);
  });

  it("an attempt that was cut off stays with its address, until that is served again or a person sends it to the newest", async () => {
    const handled: string[] = [];
    const never = createGate();
    const old = await deploy(version("v1", handled, never.opened));
    for (const aggregateId of ["slow-2", "slow-3"]) await dispatch("OrderPlaced", aggregateId);
    await until(() => handled.length === 2);
    await deploy(version("v2", handled));
    await old.stop({ timeout: 0 });
    await expect(once(connect(old.port, "127.0.0.1"), "connect")).rejects.toThrow(/ECONNREFUSED/);
    const stuck = await findInvocation("slow-2", "backing-off");
    await dispatch("OrderPlaced", "new-1");
    await until(() => handled.includes("v2: new-1 placed"));

    await patch(`${stuck}/pause`);
    await findInvocation("slow-2", "paused");
    await patch(`${stuck}/resume?deployment=latest`);
    await until(() => handled.includes("v2: slow-2 placed"));
    expect(handled).not.toContain("v2: slow-3 placed");
    await serve(version("v1 again", handled), old.port);
    await until(() => handled.includes("v1 again: slow-3 placed"));
  });
});
