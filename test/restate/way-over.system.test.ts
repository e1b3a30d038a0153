import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { connectRestate } from "perdure/restate";
import { describe, expect, onTestFinished, test as it } from "vitest";
import type { ProcessSystem } from "../../src/index.ts";
import type { ProcessInstance } from "../../src/definition/model/instance.ts";
import { toKeyExport } from "../../src/restate/key/imported-key.ts";
import { serviceOf } from "../../src/restate/wire/names.ts";
import type { JournalEntry } from "../../src/record/journal-entry.ts";
import { createShop, event, fillShop, openShop, type World } from "../move/shop.ts";
import { bin, type Ended, type OsProcess, startNode } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { until } from "../support/patience.ts";
import { isRestateHere, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { startCountingProxy } from "./counting-proxy.ts";
import { serve } from "./served.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PLAIN = 20;
const processes = { retry: { maxRetries: 3, initialDelay: "6h", maxDelay: "6h", jitter: 0 } } as const;

/** What operators and callers do with a shop after the move, wherever it is. */
interface Place {
  readonly system: ProcessSystem;
  /** Resolves when all that is due has been done. */
  settle(): Promise<void>;
}

async function goOn({ system, settle }: Place, child: string): Promise<void> {
  await settle();
  for (const [type, aggregateId, payload] of [
    ["OrderPlaced", "plain-1", {}],
    ["OrderPlaced", "owing", {}],
    ["ShippingBegun", "closed", {}],
    ["OrderPaid", "paid", {}],
    ["OrderWeighed", "failed", {}],
    ["StormCame", "storm-1", { parcels: ["way-1", "way-2"] }],
  ] as const) {
    await system.dispatch(event(type, aggregateId, payload));
  }
  await settle();
  for (const { id } of await system.deadLetters.list()) await system.deadLetters.retry(id);
  await settle();
  for (let at = 3; at <= PLAIN; at += 1) await system.dispatch(event("OrderFulfilled", `plain-${at}`));
  await system.dispatch(event("ShippingBegun", "early"));
  await system.dispatch(event("PaymentMade", child));
  await settle();
}

/** What has become of each instance that had begun before the move: its status, and what has happened to it in which order. */
async function tell(system: ProcessSystem, begun: readonly ProcessInstance[]): Promise<readonly string[]> {
  const described = begun.map(async ({ process, aggregateId, processId }) => {
    const now = await system.processes.get(processId);
    const history = await system.processes.history(processId);
    return [
      `${process} ${aggregateId}: ${now?.status} ${now?.outcome} ${JSON.stringify(now?.context)}`,
      ...history.map(describeEntry),
    ].join("\n  ");
  });
  return (await Promise.all(described)).toSorted();
}

function describeEntry({ kind, event: of, command, handler, attempt, timer, state }: JournalEntry): string {
  return [kind, of?.type, command?.type, handler, attempt, timer, JSON.stringify(state)].filter((part) => part !== undefined).join(" ");
}

const sorted = (done: World["done"]) => done.map(({ what, of, key }) => `${what} ${of} ${key}`).toSorted();

describe.skipIf(!isRestateHere())("the way over to Restate", () => {
  it("loses and doubles nothing, though the import is killed half-way, and again while its keys begin", async () => {
    await using server = await startRestateServer();
    await using proxy = await startCountingProxy(server.ingress);
    const folder = createTemporaryFolder({
      "package.json": JSON.stringify({ type: "module" }),
      "here.config.js": `export default { store: { path: "./shop.db" } };`,
      // An import runs nothing, so that of the definitions it needs no more than their names and versions.
      "perdure.config.js": `
        import { defineProcess } from "perdure";
        const define = ([aggregate, name]) =>
          defineProcess({ aggregate, name, startedBy: ["Begun"], completedBy: ["Ended"], timeout: "1d", on: {} });
        const definitions = ["order/life", "order/shipping", "shop/checkout", "shop/payment", "parcel/journey"].map((name) => define(name.split("/")));
        export default { definitions, host: { type: "restate", ingress: "${proxy.url}", admin: "${server.admin}" } };`,
    });
    mkdirSync(join(folder, "node_modules"));
    symlinkSync(projectFolder, join(folder, "node_modules/perdure"));
    const begin = (...args: string[]): OsProcess => startNode([bin, ...args], { cwd: folder });
    const run = (...args: string[]): Promise<Ended> => begin(...args).ended;

    // Three days ago the shop was filled, and much has come due since it was stopped.
    const world: World = { isBroken: false, done: [] };
    const stopped = Date.now() - 3 * DAY;
    const here = await openShop(join(folder, "shop.db"), world, stopped);
    await fillShop(here, world, PLAIN);
    const begun = (await here.system.processes.find({ limit: 1_000 })).filter(
      // One is in use there, and of the other nothing was exported but its events.
      ({ aggregateId }) => aggregateId !== "plain-2" && aggregateId !== "closed",
    );
    await here.stop();
    expect(await run("export", "--config", "here.config.js", "--out", "way-over.jsonl")).toMatchObject({ code: 0 });
    const child = begun.find(({ process }) => process === "shop/payment")!.aggregateId;

    const there: World = { isBroken: false, done: [] };
    const served = await serve(server, { ...createShop(there), processes, logger: silentLogger });
    onTestFinished(() => served[Symbol.asyncDispose]());
    const system = await connectRestate({ ...createShop(there), ingress: server.ingress, admin: server.admin, logger: silentLogger });
    await system.start();
    // One key has something of its own already.
    await system.dispatch({ ...event("OrderPlaced", "plain-2"), eventId: "its own" });
    await system.whenIdle();
    const own = there.done.length;

    const importing = async (handler: string, count: number): Promise<void> => {
      const command = begin("import", "way-over.jsonl");
      proxy.after(handler, count, () => command.signal("SIGKILL"));
      const { signal, output } = await command.ended;
      expect({ signal, output }).toMatchObject({ signal: "SIGKILL" });
      proxy.open();
    };
    await importing("importKey", 20);
    await system.whenIdle();
    // Nothing goes on before all of it is there.
    expect(there.done).toHaveLength(own);
    await importing("beginKey", 10);
    const last = await run("import", "way-over.jsonl", "--json");
    expect(last).toMatchObject({ code: 4, stderr: expect.stringContaining("order/life plain-2: ") as string });
    const counts = JSON.parse(last.stdout) as Readonly<Record<string, number>>;
    expect(counts).toMatchObject({ imported: 0, refused: 1, before: counts.keys! - 1 });
    expect((await run("import", "way-over.jsonl")).stdout).toContain("0 keys imported");

    await goOn({ system, settle: () => system.whenIdle() }, child);

    // The same on the file, which the export has left as it was.
    world.isBroken = false;
    const doneBefore = world.done.length;
    const stay = await openShop(join(folder, "shop.db"), world, stopped + 36 * HOUR);
    await stay.advanceTo(Date.now());
    await goOn({ system: stay.system, settle: () => stay.settle() }, child);
    expect(await tell(system, begun)).toEqual(await tell(stay.system, begun));
    await stay.stop();

    const isOwn = ({ of }: World["done"][number]) => of !== "plain-2";
    const [doneHere, doneThere] = [world.done.slice(doneBefore).filter(isOwn), there.done.filter(isOwn)];
    expect(doneThere.map(({ what, of }) => `${what} ${of}`).toSorted()).toEqual(doneHere.map(({ what, of }) => `${what} ${of}`).toSorted());
    const hadBegun = ({ what, of }: World["done"][number]) =>
      ["remind", "refund", "reserve", "OrderPaid", "OrderWeighed", "ParcelPacked"].includes(what) && of !== "resting";
    expect(sorted(doneThere.filter(hadBegun))).toEqual(sorted(doneHere.filter(hadBegun)));
    await system.stop();
  }, 120_000);

  it("has a key sleep until it is begun by its own import, and forget what it had seen when that is over", async () => {
    await using server = await startRestateServer();
    const world: World = { isBroken: false, done: [] };
    const served = await serve(server, { ...createShop(world), processes, logger: silentLogger });
    onTestFinished(() => served[Symbol.asyncDispose]());
    const facts = { exportId: "export-1", unkeyedUpTo: 0, lastPosition: 7, lastSeq: 0 };
    const event = {
      position: 7,
      eventId: "placed",
      type: "OrderPlaced",
      aggregateId: "sleeper",
      payload: "{}",
      occurredAt: 1,
      acceptedAt: 1,
    };
    const key = { process: "order/life", aggregateId: "sleeper" };
    const rows = { parent: null, instances: [], commands: [], letters: [], journal: [] };
    const entry = {
      ...key,
      kind: "event",
      processId: null,
      attempts: 0,
      notBefore: null,
      firstFailedAt: null,
      generation: 0,
      drained: false,
    } as const;
    const untilMs = Date.now() + 1_500;
    const sleeper = {
      ...rows,
      ...key,
      entries: [{ ...entry, starts: true, keptUntil: null, event: { ...event, correlationId: null, causationId: null } }],
      seen: [{ eventId: "placed", until: untilMs }],
    };
    const call = (handler: string, given: object, of = key) => served.call(serviceOf(of.process), of.aggregateId, handler, given);
    const input = toKeyExport(sleeper, facts, Date.now());
    expect([await call("importKey", input), await call("importKey", input)]).toEqual([true, false]);
    expect(await call("beginKey", { importId: "export-2" })).toBe(false);
    expect(world.done).toEqual([]);
    expect(await call("beginKey", { importId: "export-1" })).toBe(true);
    await served.until(key, ({ instances }) => instances.length === 1);
    await expect(call("importKey", { ...input, importId: "export-2" })).rejects.toThrow(/409 .*KEY_IN_USE/);

    const ended = { process: "order/life", aggregateId: "ended" };
    const shadow = toKeyExport({ ...rows, ...ended, entries: [], seen: [{ eventId: "placed ended", until: untilMs }] }, facts, Date.now());
    await call("importKey", shadow, ended);
    const count = () => server.sql("select key from state where service_key = 'ended'");
    expect(await count()).toHaveLength(1);
    await until(count, ({ length }) => length === 0, 20_000);

    // The way took longer than it was to be known.
    const late = { ...ended, aggregateId: "late" };
    const past = [{ eventId: "placed late", until: Date.now() - 1 }];
    expect(await call("importKey", toKeyExport({ ...rows, ...late, entries: [], seen: past }, facts, Date.now()), late)).toBe(true);
    await until(
      () => server.sql("select key from state where service_key = 'late'"),
      ({ length }) => length === 0,
    );
  }, 60_000);
});
