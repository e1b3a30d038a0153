import { setTimeout as sleep } from "node:timers/promises";
import { registerRestate } from "perdure/restate";
import { describe, expect, onTestFinished, test } from "vitest";
import { isRestateHere, type RestateServer, startRestateServer, takeNodePorts } from "../support/restate-server.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { auditRun, CALLERS, mend, nothing } from "./chaos/audit-run.ts";
import { createCaller } from "./chaos/caller.ts";
import { startFleet } from "./chaos/fleet.ts";
import { openFront } from "./chaos/front.ts";
import { planOrders } from "./chaos/plan.ts";
import { takeTurns } from "./chaos/take-turns.ts";

/** Three servers take more memory and time than a change can wait for. */
const isWanted = process.env["PERDURE_CLUSTER"] === "1";

const NODES = 3;
const ORDERS_PER_KILL = 100;

describe.skipIf(!isWanted || !isRestateHere())("three nodes of Restate", () => {
  test("lose nothing, do nothing twice and keep their order while each is killed once", { timeout: 0 }, async () => {
    const folder = createTemporaryFolder();
    const { nodes, ingress } = await startCluster();
    await using fleet = await startFleet({ folder, size: 2, watchTimeout: "1s" });
    await registerRestate({ admin: nodes[0]!.admin, uri: fleet.uri });
    const caller = await createCaller(ingress);
    const plan = planOrders(NODES * ORDERS_PER_KILL);
    for (const [number, node] of nodes.entries()) {
      const orders = plan.orders.slice(number * ORDERS_PER_KILL, (number + 1) * ORDERS_PER_KILL);
      const dispatched = takeTurns(orders.flat(), CALLERS, (stream) => caller.dispatch(stream));
      await sleep(300);
      await node.kill();
      await fleet.killOne();
      // The two that are left do all of it.
      await dispatched;
      await node.restart();
    }
    await mend(caller, plan.keys, folder);
    const { repeated, ...bad } = await auditRun(caller, plan.keys, folder);
    console.log({ orders: plan.orders.length, repeated, ...bad });
    expect(bad).toEqual(nothing);
  });
});

/** All events are on two nodes at least before they are acknowledged. */
async function startCluster(): Promise<{ readonly nodes: readonly RestateServer[]; readonly ingress: string }> {
  const ports = await takeNodePorts(NODES);
  const addresses = JSON.stringify(ports.map(({ node }) => `http://127.0.0.1:${node}`));
  const nodes = await Promise.all(
    ports.map((own, at) =>
      startRestateServer({
        node: { name: `n${at + 1}`, ports: own },
        env: {
          RESTATE_AUTO_PROVISION: String(at === 0),
          RESTATE_DEFAULT_REPLICATION: "2",
          RESTATE_METADATA_CLIENT__ADDRESSES: addresses,
        },
      }),
    ),
  );
  const front = await openFront(() => ports.map(({ ingress }) => ingress));
  onTestFinished(async () => {
    await front[Symbol.asyncDispose]();
    await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
  });
  return { nodes, ingress: front.url };
}
