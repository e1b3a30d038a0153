import { defineProcess, type Logger, type ProcessSystem } from "perdure";
import { connectRestate, type RestateServer as ServiceServer, serveRestate } from "perdure/restate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";

/*
 * What docs/guarantees.md says is different on Restate, and what no other test shows.
 */

const keys = new Map<string, string>();
let shipping = 0;
let mostShipping = 0;
let mayShip = () => {};
const allowed = new Promise<void>((resolve) => {
  mayShip = resolve;
});

const order = defineProcess({
  aggregate: "order",
  name: "lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
  on: {
    OrderPlaced: ({ event, commands }) => commands["reserve"]!({ aggregateId: event.aggregateId }),
    PaymentReceived: ({ event, commands }) => commands["ship"]!({ aggregateId: event.aggregateId }),
  },
});
const commands = {
  reserve: ({ command, idempotencyKey }: { command: { aggregateId: string }; idempotencyKey: string }) =>
    void keys.set(command.aggregateId, idempotencyKey),
  ship: {
    limits: { concurrency: 1 },
    handler: async () => {
      shipping += 1;
      mostShipping = Math.max(mostShipping, shipping);
      await allowed;
      shipping -= 1;
    },
  },
};

describe.skipIf(!isRestateHere())("on Restate", () => {
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (text) => void warnings.push(text) };
  let server: RestateServer;
  let services: ServiceServer;
  let system: ProcessSystem;

  beforeAll(async () => {
    server = await startRestateServer();
    services = await serveRestate({ definitions: [order], commands, logger, port: 0, address: "127.0.0.1" });
    await server.register(`http://127.0.0.1:${services.port}`);
    const { ingress, admin } = server;
    system = await connectRestate({ definitions: [order], commands, logger: silentLogger, ingress, admin });
  }, 60_000);
  afterAll(async () => {
    mayShip();
    await system?.stop();
    await services?.stop({ timeout: 0 });
    await server?.[Symbol.asyncDispose]();
  });

  const dispatch = async (type: string, aggregateId: string, eventId = `${aggregateId}-${type}`) =>
    (await system.dispatch({ type, aggregateId, eventId })).outcome;
  const historyOf = async (aggregateId: string) => {
    const [instance] = await system.processes.find({ process: "order/lifecycle", aggregateId });
    return instance === undefined ? [] : (await system.processes.history(instance.processId)).map(({ kind }) => kind);
  };

  it("an event that finds no instance is accepted, used up and counted, because its key alone knows", async () => {
    expect(await dispatch("PaymentReceived", "nobody")).toBe("accepted");
    expect(await until(async () => (await system.lag()).ignored, Boolean)).toBe(1);
    expect(await dispatch("PaymentReceived", "nobody")).toBe("duplicate");
  });

  it("one eventId for two aggregates is two events, whose commands have keys of their own", async () => {
    expect([await dispatch("OrderPlaced", "left", "same"), await dispatch("OrderPlaced", "right", "same")]).toEqual([
      "accepted",
      "accepted",
    ]);
    await until(() => keys.has("left") && keys.has("right"));
    expect(keys.get("left")).not.toBe(keys.get("right"));
  });

  it("a list says accepted of an event that was accepted before, which is handled once all the same", async () => {
    const placed = { type: "OrderPlaced", aggregateId: "listed", eventId: "listed-OrderPlaced" };
    expect(await dispatch("OrderPlaced", "listed")).toBe("accepted");
    const receipts = await system.dispatch([placed, { type: "OrderFulfilled", aggregateId: "listed", eventId: "listed-OrderFulfilled" }]);
    expect(receipts.map(({ outcome }) => outcome)).toEqual(["accepted", "accepted"]);
    const history = await until(
      () => historyOf("listed"),
      (kinds) => kinds.includes("completed"),
    );
    expect(history.filter((kind) => kind === "handled")).toEqual(["handled"]);
    expect(await system.processes.find({ process: "order/lifecycle", aggregateId: "listed" })).toHaveLength(1);
  });

  it("limits of a command do not hold, and a service says so", async () => {
    for (const aggregateId of ["one", "two"]) {
      await dispatch("OrderPlaced", aggregateId);
      await dispatch("PaymentReceived", aggregateId);
    }
    await until(() => shipping === 2);
    mayShip();
    expect(mostShipping).toBe(2);
    expect(warnings).toContainEqual(expect.stringMatching(/command "ship": its limits do not hold on Restate/));
  });
});
