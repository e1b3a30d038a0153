import { createProcessSystem, defineProcess, NonRetryableError, type ProcessSystem } from "perdure";
import { connectRestate, type RestateServer as ServiceServer, serveRestate } from "perdure/restate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setup } from "xstate";
import { z } from "zod";
import { until } from "../../support/patience.ts";
import { isRestateHere, type RestateServer, startRestateServer } from "../../support/restate-server.ts";
import { silentLogger } from "../../support/silent-logger.ts";

/*
 * One story, told to a system on SQLite and to a client on Restate. What each look-up says of it has to be the same, but for moments and for
 * identities.
 */

interface Payload {
  readonly customer?: string;
  readonly fails?: boolean;
  readonly ships?: boolean;
}

const order = defineProcess({
  aggregate: "order",
  name: "lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: { OrderFulfilled: "fulfilled", OrderCancelled: "cancelled" },
  timeout: "7d",
  keepEarly: "1h",
  context: z.object({ customer: z.string().default("nobody"), count: z.number().default(0), vip: z.boolean().nullable().default(null) }),
  index: ["customer", "count", "vip"],
  on: {
    OrderPlaced: async ({ event, commands }) => {
      const { customer = "nobody" } = event.payload as Payload;
      await commands["welcome"]!({ aggregateId: event.aggregateId });
      await commands["remind"]!({ aggregateId: event.aggregateId, delay: "2d" });
      return { customer, count: customer.length };
    },
    PaymentReceived: async ({ event, commands }) => {
      const { fails, ships } = event.payload as Payload;
      if (ships === true) await commands["ship"]!({ aggregateId: event.aggregateId });
      if (fails === true) throw new NonRetryableError("the bank is closed");
    },
  },
});

/** Its events are known to two processes, so that they go through the intake. */
const watching = ["watch-one", "watch-two"].map((name) =>
  defineProcess({ aggregate: "stock", name, startedBy: ["StockCounted"], completedBy: ["StockEmptied"], timeout: "30d", on: {} }),
);

const trial = defineProcess({
  aggregate: "trial",
  name: "subscription",
  startedBy: ["TrialBegan"],
  machine: setup({}).createMachine({
    id: "subscription",
    initial: "trying",
    states: {
      trying: {
        initial: "fresh",
        after: { 86400000: "over" },
        states: { fresh: { on: { TrialUsed: "used" } }, used: {} },
        on: { TrialPaid: "over" },
      },
      over: { type: "final" },
    },
  }),
});

const definitions = [order, ...watching, trial];
const ship = () => {
  throw new NonRetryableError("no parcel fits");
};
const commands = { welcome: () => {}, remind: () => {}, ship };
const shared = { definitions, commands, logger: silentLogger, processes: { retry: { initialDelay: "1h" } } } as const;

let server: RestateServer;
let services: ServiceServer;
let restate: ProcessSystem;
let sqlite: ProcessSystem;

const systems = () => [sqlite, restate] as const;

async function tell(system: ProcessSystem): Promise<unknown> {
  const seen: unknown[] = [];
  const say = async (type: string, aggregateId: string, payload: Payload = {}, eventId = `${aggregateId}:${type}`) =>
    seen.push(await system.dispatch({ type, aggregateId, payload, eventId }));
  const settled = async (aggregateId: string, isThere: (kinds: readonly string[]) => boolean) => {
    await until(async () => {
      const [newest] = await system.processes.find({
        process: aggregateId.startsWith("t") ? "trial/subscription" : "order/lifecycle",
        aggregateId,
      });
      return newest === undefined ? [] : (await system.processes.history(newest.processId)).map(({ kind }) => kind);
    }, isThere);
  };
  const includes = (kind: string) => (kinds: readonly string[]) => kinds.includes(kind);

  await say("OrderPlaced", "a done", { customer: "ada" });
  await settled("a done", includes("command_handled"));
  await say("OrderPlaced", "a done", { customer: "ada" });
  await say("OrderFulfilled", "a done");
  await settled("a done", includes("completed"));
  await say("OrderPlaced", "b/open ü", { customer: "bob" });
  await settled("b/open ü", includes("command_handled"));
  await say("OrderPlaced", "c'failed", { customer: "cyd" });
  await settled("c'failed", includes("command_handled"));
  await say("PaymentReceived", "c'failed", { fails: true });
  await settled("c'failed", includes("failed"));
  await say("PaymentReceived", "c'failed", {}, "c'failed:later");
  await say("OrderPlaced", "d-cancelled", { customer: "ada" });
  await say("OrderCancelled", "d-cancelled");
  await settled("d-cancelled", includes("completed"));
  await say("PaymentReceived", "e-early");
  // Its command fails for good, and the one that waits is parked behind it.
  await say("OrderPlaced", "f-command");
  await settled("f-command", includes("command_handled"));
  await say("PaymentReceived", "f-command", { ships: true });
  await settled("f-command", includes("failed"));
  await say("StockCounted", "s-1");
  await say("Unheard", "s-1");
  seen.push(
    await system.dispatch(["s-2", "s-3"].map((aggregateId) => ({ type: "StockCounted", aggregateId, eventId: `${aggregateId}:list` }))),
  );
  await say("TrialBegan", "t-1");
  await settled("t-1", includes("started"));
  await say("TrialUsed", "t-1");
  await settled("t-1", (kinds) => kinds.length >= 2);
  await system.whenIdle();
  return seen;
}

/** What is the same on every host. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (field, item: unknown) => {
      if (/At$|^at$|^since$/.test(field)) return item === undefined ? undefined : "moment";
      if (/Id$|^id$|Key$/.test(field) && field !== "aggregateId" && field !== "eventId") return "identity";
      return field === "stack" ? undefined : item;
    }),
  );
}

/** Asks both systems; the answers, without what differs by nature, have to be the same. Order counts. */
async function same(ask: (system: ProcessSystem) => Promise<unknown>): Promise<unknown> {
  const [expected, found] = [plain(await ask(sqlite)), plain(await ask(restate))];
  expect(found).toEqual(expected);
  return expected;
}

const named = (found: readonly { readonly process: string; readonly aggregateId: string }[]) =>
  found.map(({ process, aggregateId }) => `${process} ${aggregateId}`);

describe.skipIf(!isRestateHere())("a client on Restate", () => {
  let seen: readonly unknown[] = [];

  beforeAll(async () => {
    server = await startRestateServer();
    services = await serveRestate({ ...shared, port: 0, address: "127.0.0.1" });
    await server.register(`http://127.0.0.1:${services.port}`);
    restate = await connectRestate({ ...shared, ingress: server.ingress, admin: server.admin });
    sqlite = await createProcessSystem({ ...shared, store: { path: ":memory:" } });
    for (const system of systems()) await system.start();
    seen = await Promise.all(systems().map(tell));
  }, 60_000);

  afterAll(async () => {
    await restate?.stop();
    await sqlite?.stop();
    await services?.stop({ timeout: 0 });
    await server?.[Symbol.asyncDispose]();
  });

  it("gives the same receipts, but for kept, which nobody knows before the key has its turn", () => {
    const told = JSON.stringify(seen[0]).replaceAll('"kept"', '"accepted"');
    expect(JSON.stringify(seen[0])).toContain('"kept"');
    expect(JSON.stringify(seen[1])).toBe(told);
  });

  it("finds the same instances, by one key and by all", async () => {
    const process = "order/lifecycle";
    expect(named((await restate.processes.find()) as never)).toHaveLength(12);
    for (const filter of [
      {},
      { process },
      { process, aggregateId: "b/open ü" },
      { aggregateId: "c'failed" },
      { status: "failed" },
      { status: "completed", process },
      { outcome: "cancelled" },
      { outcome: "it's none" },
      { process, where: { customer: "ada" } },
      { process, where: { customer: "ada", count: 3 }, status: "completed" },
      { process, aggregateId: "a done", where: { customer: "bob" } },
      { process, where: { vip: null } },
      { process, where: { count: 4 } },
      { state: "trying" },
      { state: { trying: "used" } },
      { state: "over" },
      { process: "trial/subscription", aggregateId: "t-1", state: { trying: "fresh" } },
    ] as const) {
      await same(async ({ processes }) => (await processes.find(filter as never)).map((instance) => ({ ...instance })).toSorted(byName));
    }
    for (const filter of [{ where: { customer: "ada" } }, { process, where: { other: 1 } }, { process, statu: "x" }, { state: "" }]) {
      await same(async ({ processes }) => processes.find(filter as never).catch(({ code }: { code: string }) => code));
    }
  });

  it("shows instances newest first, in pages that have everything once", async () => {
    const whole = await restate.processes.find({ process: "order/lifecycle" });
    expect(whole.map(({ startedAt }) => startedAt.getTime())).toEqual(
      whole.map(({ startedAt }) => startedAt.getTime()).toSorted((one, other) => other - one),
    );
    for (const filter of [{ process: "order/lifecycle" }, { process: "order/lifecycle", where: { vip: null } }] as const) {
      const paged: unknown[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await restate.processes.find({ ...filter, limit: 2, ...(cursor !== undefined && { cursor }) });
        expect(page.length).toBeLessThanOrEqual(2);
        paged.push(...page);
        cursor = page.nextCursor;
        if (cursor === undefined) break;
      }
      expect(paged).toEqual([...whole]);
    }
    await expect(restate.processes.find({ cursor: "nonsense" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("gets an instance by its id, and its history, in the same words", async () => {
    for (const aggregateId of ["a done", "c'failed", "d-cancelled"]) {
      const process = "order/lifecycle";
      await same(async ({ processes }) => {
        const [found] = await processes.find({ process, aggregateId });
        return [await processes.get(found!.processId), await processes.history(found!.processId)];
      });
    }
    // Another client has not seen the instance before, so it looks for the key.
    await using other = await connectRestate({ ...shared, ingress: server.ingress, admin: server.admin });
    const [found] = await restate.processes.find({ process: "order/lifecycle", aggregateId: "a done" });
    expect(await other.processes.history(found!.processId)).toEqual(await restate.processes.history(found!.processId));
    expect(await other.processes.get(found!.processId)).toEqual(found);
    for (const id of ["none", "it's none"]) {
      expect(await restate.processes.get(id)).toBeUndefined();
      await expect(restate.processes.history(id)).rejects.toMatchObject({ code: "INSTANCE_UNKNOWN" });
    }
  });

  it("waits for an instance, and says what it has seen instead", async () => {
    const filter = { process: "order/lifecycle", aggregateId: "b/open ü" } as never;
    await same(async ({ processes }) => (await processes.waitFor(filter, { status: "started" })).status);
    await same(async ({ processes }) => (await processes.waitFor({ outcome: "cancelled" })).status);
    await same(async ({ processes }) =>
      processes
        .waitFor(filter, { status: "failed", timeout: "50ms" })
        .catch(({ code, problem }: { code: string; problem: string }) => [code, problem]),
    );
  });

  it("lists the same timers, soonest first and in pages", async () => {
    const list = async ({ timers }: ProcessSystem, filter: object) =>
      (await timers.list(filter)).map(({ kind, process, aggregateId, command, name }) => ({ kind, process, aggregateId, command, name }));
    for (const filter of [
      {},
      { kind: "timeout" },
      { kind: "command" },
      { kind: "kept" },
      { kind: "after" },
      { process: "stock/watch-one" },
      { aggregateId: "b/open ü" },
    ]) {
      await same(async (system) => (await list(system, filter)).map((timer) => JSON.stringify(timer)).toSorted());
    }
    const whole = await restate.timers.list();
    expect(whole.length).toBeGreaterThan(8);
    expect(whole.map(({ dueAt }) => dueAt.getTime())).toEqual(
      whole.map(({ dueAt }) => dueAt.getTime()).toSorted((one, other) => one - other),
    );
    const paged: unknown[] = [];
    for (let cursor: string | undefined; ;) {
      const page = await restate.timers.list({ limit: 3, ...(cursor !== undefined && { cursor }) });
      paged.push(...page);
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    expect(paged).toEqual([...whole]);
  });

  it("counts the same, and knows the same changes", async () => {
    await same(async (system) => {
      const { oldestWaitingMs: _, accepted, handled, ...lag } = await system.lag();
      return { ...lag, unhandled: accepted - handled };
    });
    // Three events are for two processes each, and count at each of their keys.
    expect((await restate.lag()).accepted).toBe((await sqlite.lag()).accepted + 3);
    await same(async (system) => system.changes());
    expect(Object.keys(restate.machines)).toEqual(Object.keys(sqlite.machines));
    const { bytes, rows } = await restate.storage();
    expect(bytes).toBeGreaterThan(1_000);
    expect(rows).toMatchObject({ instances: 12, dead_letters: 2 });
    const counts = (system: ProcessSystem) => system.overview.getSnapshot().context;
    await until(
      () => counts(restate).counts,
      (found) => found["order/lifecycle"]!.completed > 0,
    );
    expect(counts(restate).counts).toEqual(counts(sqlite).counts);
    expect(counts(restate).deadLetters).toBe(2);
    expect(counts(restate).lag).toEqual({ accepted: counts(sqlite).lag.accepted + 3, waiting: counts(sqlite).lag.waiting });
  });

  it("lists dead letters, and settles them once", async () => {
    const process = "order/lifecycle";
    for (const filter of [
      {},
      { process },
      { aggregateId: "c'failed" },
      { aggregateId: "it's none" },
      { status: "any" },
      { status: "retried" },
    ]) {
      await same(async ({ deadLetters }) => [...(await deadLetters.list(filter as never))]);
    }
    await same(async ({ deadLetters }) => deadLetters.retryAll({ process }, { dryRun: true }));
    await same(async ({ deadLetters }) => deadLetters.retry("it's none").catch(({ code }: { code: string }) => code));
    await same(async ({ deadLetters }) => deadLetters.get("it's none"));
    await same(async ({ deadLetters, processes, whenIdle }) => {
      const [letter] = await deadLetters.list();
      const retried = await deadLetters.retry(letter!.id);
      await processes.waitFor({ process, aggregateId: "c'failed", status: "failed" });
      await whenIdle();
      await until(
        async () => (await deadLetters.list()).length,
        (count) => count === 2,
      );
      const again = await deadLetters.retry(letter!.id).catch(({ code }: { code: string }) => code);
      const discarded = await deadLetters.discardAll({ aggregateId: "c'failed" }, { reason: "it's over" });
      const [instance] = await processes.find({ process, aggregateId: "c'failed" });
      return [retried, again, discarded, instance, await processes.history(instance!.processId), await deadLetters.get(letter!.id)];
    });
  });

  it("finds and settles without the admin port what it can, and refuses what it cannot", async () => {
    await using other = await connectRestate({ ...shared, ingress: server.ingress });
    const [found] = await other.processes.find({ process: "order/lifecycle", aggregateId: "a done" });
    expect(found).toMatchObject({ status: "completed", outcome: "fulfilled" });
    expect(await other.processes.get(found!.processId)).toEqual(found);
    expect((await other.processes.history(found!.processId)).length).toBeGreaterThan(2);
    await expect(other.processes.find({ status: "failed" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("dispatches over a kill of the server", async () => {
    await server.kill();
    const dispatched = restate.dispatch({ type: "OrderPlaced", aggregateId: "z-late" });
    await server.restart();
    expect(await dispatched).toMatchObject({ outcome: "accepted" });
    await restate.processes.waitFor({ process: "order/lifecycle", aggregateId: "z-late" });
  });
});

function byName(
  one: { readonly process: string; readonly aggregateId: string },
  other: { readonly process: string; readonly aggregateId: string },
) {
  return named([one])[0]! < named([other])[0]! ? -1 : 1;
}
