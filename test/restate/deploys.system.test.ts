import { defineProcess } from "perdure";
import { connectRestate, registerRestate, serveRestate } from "perdure/restate";
import { describe, expect, test } from "vitest";
import { until } from "../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";

/** What the handlers of each version have done. */
const ran: string[] = [];

/** The second version waits longer, and has a process more, which starts with the same event. */
function define(version: 1 | 2) {
  const note = (what: string) => void ran.push(`v${version} ${what}`);
  const lifecycle = defineProcess({
    aggregate: "order",
    name: "lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: [],
    timeout: version === 1 ? "4s" : "5s",
    on: { OrderPlaced: ({ event }) => note(`placed ${event.aggregateId}`) },
    onTimedOut: ({ event }) => note(`timed out ${event.aggregateId}`),
  });
  const audit = defineProcess({
    aggregate: "order",
    name: "audit",
    startedBy: ["OrderPlaced"],
    completedBy: [],
    timeout: "1h",
    on: { OrderPlaced: ({ event }) => note(`audited ${event.aggregateId}`) },
  });
  return version === 1 ? [lifecycle] : [lifecycle, audit];
}

async function serve({ admin, ingress }: RestateServer, version: 1 | 2) {
  const definitions = define(version);
  const served = await serveRestate({ definitions, port: 0, address: "127.0.0.1", logger: silentLogger });
  const uri = `http://127.0.0.1:${served.port}`;
  return {
    register: (force = false) => registerRestate({ admin, uri, force }),
    connect: () => connectRestate({ definitions, ingress, admin, logger: silentLogger }),
    [Symbol.asyncDispose]: () => served.stop({ timeout: 0 }),
  };
}

describe.skipIf(!isRestateHere())("a deploy on Restate", () => {
  test("takes over what has begun, with its timeouts, and can be taken back", async () => {
    await using server = await startRestateServer();
    await using first = await serve(server, 1);
    await first.register();
    await using before = await first.connect();
    await before.dispatch({ type: "OrderPlaced", aggregateId: "old" });
    await until(() => ran.includes("v1 placed old"));

    await using second = await serve(server, 2);
    expect(await second.register()).toMatchObject({ added: ["order/audit"], kept: ["order/lifecycle"], removed: [] });
    await using after = await second.connect();
    await after.dispatch({ type: "OrderPlaced", aggregateId: "new" });
    await until(() => ["v2 placed new", "v2 audited new"].every((each) => ran.includes(each)));
    expect(await after.changes()).toMatchObject([{ process: "order/lifecycle", change: "changed", openInstances: 1 }]);
    const dueIn = async (aggregateId: string) => {
      const [instance] = await after.processes.find({ process: "order/lifecycle", aggregateId });
      return instance!.dueAt!.getTime() - instance!.startedAt.getTime();
    };
    expect([await dueIn("old"), await dueIn("new")]).toEqual([4_000, 5_000]);
    // The wake-up was sent while the first version was the newest.
    await until(() => ran.includes("v2 timed out old"));
    expect(ran).not.toContain("v1 timed out old");

    await expect(first.register()).rejects.toMatchObject({ code: "PROCESSES_IN_USE" });
    expect(await first.register(true)).toMatchObject({ kept: ["order/lifecycle"], removed: [{ process: "order/audit", keysInUse: 1 }] });
    await before.dispatch({ type: "OrderPlaced", aggregateId: "back" });
    await until(() => ["v1 placed back", "v1 timed out new", "v1 timed out back"].every((each) => ran.includes(each)));
    // Nothing was done by both.
    const done = ran.map((each) => each.slice("v1 ".length));
    expect(done.toSorted()).toEqual([...new Set(done)].toSorted());
    expect(await before.processes.find({ process: "order/lifecycle", status: "timed_out" })).toHaveLength(3);
  });
});
