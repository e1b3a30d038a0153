import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createSeeded } from "../reliability/crash/seeded.ts";
import { isRestateHere, startRestateServer } from "../support/restate-server.ts";
import { until } from "../support/patience.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { hasEnded, listUnfinished } from "./chaos/audit.ts";
import { auditRun, CALLERS, mend, nothing } from "./chaos/audit-run.ts";
import { createCaller } from "./chaos/caller.ts";
import { startFleet } from "./chaos/fleet.ts";
import { type Plan, planOrders, planWatches } from "./chaos/plan.ts";
import { takeTurns } from "./chaos/take-turns.ts";

/** `PERDURE_KILLS` says how many kills, `PERDURE_SEED` repeats when they come after the events before them. */
const kills = Number(process.env["PERDURE_KILLS"] ?? 4);
const isLong = process.env["PERDURE_KILLS"] !== undefined;
const seed = Number(process.env["PERDURE_SEED"] ?? Date.now() % 1_000_000);

const ORDERS_PER_KILL = isLong ? 40 : 8;
const LATEST_KILL_MS = 300;

describe.skipIf(!isRestateHere())("processes on Restate", () => {
  test(
    `lose nothing, do nothing twice and keep their order over ${kills} kills of services and server`,
    { timeout: isLong ? 0 : 180_000 },
    async () => {
      const folder = createTemporaryFolder();
      await using server = await startRestateServer();
      await using fleet = await startFleet({ folder, size: 2, watchTimeout: "1s" });
      await server.register(fleet.uri);
      const caller = await createCaller(server.ingress);
      const plan = planOrders(kills * ORDERS_PER_KILL);
      const { between } = createSeeded(seed);
      for (let kill = 0; kill < kills; kill += 1) {
        const orders = plan.orders.slice(kill * ORDERS_PER_KILL, (kill + 1) * ORDERS_PER_KILL);
        const dispatched = takeTurns(orders.flat(), CALLERS, (stream) => caller.dispatch(stream));
        await sleep(between(0, LATEST_KILL_MS));
        // Three of five kills are of a service process, two of the server.
        await Promise.all([dispatched, kill % 5 === 1 || kill % 5 === 3 ? server.restart() : fleet.killOne()]);
      }
      await mend(caller, plan.keys, folder);
      const findings = await auditRun(caller, plan.keys, folder);
      if (isLong) console.log({ seed, kills, orders: plan.orders.length, events: countEvents(plan), ...findings });
      const { repeated: _repeated, ...bad } = findings;
      expect(bad, `seed ${seed}`).toEqual(nothing);
      // What has ended waits for nothing.
      expect(await server.sql("select id from sys_invocation where target_handler_name = 'wake' and status <> 'completed'")).toEqual([]);
    },
  );

  const watches = isLong ? 1_000 : 60;
  test(`fire ${watches} timers that are due at once, none early and none twice, over kills`, { timeout: 180_000 }, async () => {
    const folder = createTemporaryFolder();
    const timeoutMs = isLong ? 60_000 : 5_000;
    await using server = await startRestateServer();
    await using fleet = await startFleet({ folder, size: 2, watchTimeout: `${timeoutMs}ms` });
    await server.register(fleet.uri);
    const caller = await createCaller(server.ingress);
    const keys = planWatches(watches, new Date());
    const dueAt = keys[0]!.events[0]!.occurredAt!.getTime() + timeoutMs;
    await takeTurns(keys, CALLERS, (key) => caller.dispatch(key));

    await sleep(dueAt - Date.now());
    await fleet.killOne();
    await server.restart();
    await fleet.killOne();
    const { repeated: _repeated, ...bad } = await auditRun(caller, keys, folder);
    expect(bad).toEqual(nothing);
    for (const key of keys) {
      const view = await caller.read(key);
      const [timedOut, ...more] = (await caller.read(key, view.instances[0]!.processId)).journal!.filter(
        ({ kind }) => kind === "timed_out",
      );
      expect(timedOut!.at).toBeGreaterThanOrEqual(dueAt);
      expect(more).toEqual([]);
    }
  });

  test("commit nothing of a process that stood still until another had taken over", { timeout: 120_000 }, async () => {
    const folder = createTemporaryFolder();
    // Only keep-alive tells the server that a process stands still.
    const env = { RESTATE_WORKER__INVOKER__HTTP2_KEEP_ALIVE_INTERVAL: "1s", RESTATE_WORKER__INVOKER__HTTP2_KEEP_ALIVE_TIMEOUT: "1s" };
    await using server = await startRestateServer({ env });
    await using fleet = await startFleet({ folder, size: 2, watchTimeout: "1s" });
    await server.register(fleet.uri);
    const caller = await createCaller(server.ingress);
    const { orders, keys } = planOrders(10, 500);
    const dispatched = takeTurns(orders.flat(), CALLERS, (stream) => caller.dispatch(stream));

    const frozen = await until(
      () => [0, 1].find((number) => listUnfinished(folder, fleet.lifeOf(number)).length >= 4),
      (number) => number !== undefined,
    );
    fleet.signal(frozen!, "SIGSTOP");
    const inside = listUnfinished(folder, fleet.lifeOf(frozen!));
    expect(inside.length).toBeGreaterThan(0);
    const lifeOfOther = fleet.lifeOf(1 - frozen!);
    const takenOver = () => inside.filter((name) => hasEnded(folder, lifeOfOther, name)).length;
    await until(takenOver, (count) => count === inside.length, 60_000);
    fleet.signal(frozen!, "SIGCONT");
    await dispatched;
    await mend(caller, keys, folder);

    // It has gone on where it stood, so that there was something that it could have committed.
    await until(() => inside.every((name) => hasEnded(folder, fleet.lifeOf(frozen!), name)));
    const { repeated, ...bad } = await auditRun(caller, keys, folder);
    expect(bad).toEqual(nothing);
    expect(repeated).toBeGreaterThanOrEqual(inside.length);
  });
});

function countEvents({ orders }: Plan): number {
  return orders.flat().reduce((sum, { events }) => sum + events.length, 0);
}
