import { type CommandHandlerArgs, defineProcess } from "perdure";
import { expect, describe, test as it } from "vitest";
import { createAdmin } from "../../src/restate/admin/admin.ts";
import { findStrandedKeys } from "../../src/restate/admin/key-queries.ts";
import { repairRestate } from "../../src/restate/client/repair-restate.ts";
import { createGate } from "../support/gate.ts";
import { until } from "../support/patience.ts";
import { isRestateHere, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { serve } from "./served.ts";

describe.skipIf(!isRestateHere())("a command whose attempt a person has killed on the server", () => {
  it("is found, and tried again by a repair, with those behind it; while it runs it is not found", async () => {
    await using server = await startRestateServer();
    const ran: string[] = [];
    const gate = createGate();
    const order = defineProcess({
      aggregate: "order",
      name: "life",
      startedBy: ["Placed"],
      completedBy: ["Done"],
      timeout: "1h",
      on: {
        Placed: async ({ event: { aggregateId }, commands }) => {
          await commands["pack"]!({ aggregateId });
          await commands["ship"]!({ aggregateId });
        },
      },
    });
    const commands = {
      pack: async ({ command: { aggregateId }, attempt }: CommandHandlerArgs) => {
        ran.push(`pack ${aggregateId}, attempt ${attempt}`);
        if (aggregateId === "killed" && ran.length === 1) await gate.opened;
      },
      ship: ({ command: { aggregateId } }: CommandHandlerArgs) => void ran.push(`ship ${aggregateId}`),
    };
    await using served = await serve(server, { definitions: [order], commands, logger: silentLogger });
    const admin = createAdmin(server.admin);
    const runs = () => server.sql("SELECT id FROM sys_invocation WHERE target_handler_name = 'run' AND status <> 'completed'");

    await served.dispatch("killed", { type: "Placed" });
    await until(() => ran.length === 1);
    const [run] = await until(runs, ({ length }) => length === 1);
    expect(await findStrandedKeys(admin)).toEqual([]);
    await fetch(`${server.admin}/invocations/${String(run!["id"])}/kill`, { method: "PATCH" });
    await until(runs, ({ length }) => length === 0);

    const stranded = [{ service: "order.life", key: "killed", what: "command", invocationId: run!["id"] }];
    expect(await findStrandedKeys(admin)).toEqual(stranded);
    // Nothing else moves the key: it waits for a result.
    expect((await served.read({ process: "order/life", aggregateId: "killed" })).commands).toHaveLength(2);
    expect(await repairRestate(server)).toEqual(stranded);
    await served.until({ process: "order/life", aggregateId: "killed" }, (view) => view.commands.length === 0);
    expect(ran).toEqual(["pack killed, attempt 1", "pack killed, attempt 1", "ship killed"]);
    // What the killed attempt comes to is of no effect any more.
    gate.open();
    await served.dispatch("killed", { type: "Done" });
    await served.until({ process: "order/life", aggregateId: "killed" }, ({ instances }) => instances[0]!.status === "completed");
    expect([ran.length, await findStrandedKeys(admin), await repairRestate(server)]).toEqual([3, [], []]);
  });
});
