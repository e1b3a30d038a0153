import { setTimeout as sleep } from "node:timers/promises";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createSeeded } from "../reliability/crash/seeded.ts";
import { isRestateHere, startRestateServer } from "../support/restate-server.ts";
import { until } from "../support/patience.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { auditKey, auditLedger, createFindings, type Findings, hasEnded, listUnfinished } from "./chaos/audit.ts";
import { type Caller, createCaller } from "./chaos/caller.ts";
import { startFleet } from "./chaos/fleet.ts";
import { type ExpectedKey, type Plan, planOrders, planWatches } from "./chaos/plan.ts";
import { takeTurns } from "./chaos/take-turns.ts";

/** `PERDURE_KILLS` says how many kills, `PERDURE_SEED` repeats when they come after the events before them. */
const kills = Number(process.env["PERDURE_KILLS"] ?? 10);
const isLong = process.env["PERDURE_KILLS"] !== undefined;
const seed = Number(process.env["PERDURE_SEED"] ?? Date.now() % 1_000_000);

const ORDERS_PER_KILL = isLong ? 40 : 8;
const CALLERS = 25;
const LATEST_KILL_MS = 300;
const nothing = { lost: 0, storedTwice: 0, outOfOrder: 0, notEnded: 0, wrong: [] };

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
      const findings = await audit(caller, plan.keys, folder);
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
    const { repeated: _repeated, ...bad } = await audit(caller, keys, folder);
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
    const { repeated, ...bad } = await audit(caller, keys, folder);
    expect(bad).toEqual(nothing);
    expect(repeated).toBeGreaterThanOrEqual(inside.length);
  });
});

function countEvents({ orders }: Plan): number {
  return orders.flat().reduce((sum, { events }) => sum + events.length, 0);
}

/** Once all has failed that is to fail for good, lets it succeed and has it tried again. */
async function mend(caller: Caller, keys: readonly ExpectedKey[], folder: string): Promise<void> {
  const failing = keys.filter(({ fails }) => fails);
  const letters = new Map<ExpectedKey, string>();
  await takeTurns(failing, CALLERS, async (key) => {
    const view = await caller.until(key, (seen) => seen.letters.length > 0);
    letters.set(key, view.letters[0]!.deadLetterId);
  });
  writeFileSync(join(folder, "mended"), "");
  await takeTurns([...letters], CALLERS, ([key, deadLetterId]) => caller.retry(key, deadLetterId));
}

async function audit(caller: Caller, keys: readonly ExpectedKey[], folder: string): Promise<Findings> {
  const findings = createFindings();
  await takeTurns(keys, CALLERS, async (key) => {
    const isThrough = await caller
      .until(key, ({ instances, entries, commands }) => (instances[0]?.endedAt ?? null) !== null && entries.length + commands.length === 0)
      .catch(() => caller.read(key));
    auditKey(key, await caller.read(key, isThrough.instances[0]?.processId ?? ""), findings);
  });
  auditLedger(keys, folder, findings);
  return findings;
}
