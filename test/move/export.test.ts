import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { createProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import type { ExportEnd, ExportHeader, KeyLine } from "../../src/cli/move/export-lines.ts";
import { writeExport } from "../../src/cli/move/write-export.ts";
import { openExportedKeys } from "../../src/store/sqlite/exported-keys.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { runHere } from "../cli/run-here.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createShop, fillShop, openShop, type World } from "./shop.ts";

const DAY = 86_400_000;

/** A project whose store has instances in every state, and no worker. */
async function openFilled() {
  const folder = createTemporaryFolder({
    "package.json": JSON.stringify({ type: "module" }),
    "perdure.config.js": `export default { store: { path: "./shop.db" } };`,
  });
  const world: World = { isBroken: false, done: [] };
  const path = join(folder, "shop.db");
  const shop = await openShop(path, world, Date.now() - 3 * DAY);
  await fillShop(shop, world);
  await shop.stop();
  return { folder, path, world, run: (...args: string[]) => runHere({ folder } as Parameters<typeof runHere>[0], args) };
}

function useDatabase(path: string, use: (database: Database.Database) => void): void {
  const database = new Database(path);
  use(database);
  database.close();
}

function readExport(file: string) {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const parsed = lines.map((line) => JSON.parse(line) as unknown);
  const keys = parsed.slice(1, -1) as readonly KeyLine[];
  return {
    header: parsed[0] as ExportHeader,
    keys,
    end: parsed.at(-1) as ExportEnd,
    find: (process: string, aggregateId: string) => keys.find((key) => key.process === process && key.aggregateId === aggregateId)!,
  };
}

describe("perdure export", () => {
  it("writes a line for each key, with all that is still to be done there", async () => {
    const { folder, path, run } = await openFilled();
    // As if the first five events had been accepted by an old version.
    useDatabase(path, (database) => database.exec("UPDATE perdure_meta SET unkeyed_up_to = 5"));
    const file = join(folder, "out.jsonl");
    const { code, stderr } = await run("export", "--out", file);
    expect([code, stderr]).toEqual([0, expect.stringContaining("What is accepted here from now on is in no export")]);
    const { header, keys, end, find } = readExport(file);
    expect(header).toMatchObject({ perdure: "export", format: 1, unkeyedUpTo: 5 });
    expect(header.processes.reduce((sum, process) => sum + process.keys, 0)).toBe(keys.length);
    expect(end).toEqual({ end: true, keys: keys.length });
    expect(statSync(file).mode & 0o777).toBe(0o600);

    const life = (aggregateId: string) => find("order/life", aggregateId);
    expect(life("plain-1")).toMatchObject({
      instances: [{ status: "started", context: '{"payments":0}' }],
      commands: [{ record: { type: "remind" }, isParked: false }],
      journal: [{ kind: "started" }, { kind: "handled" }, { kind: "command_handled" }],
      seen: [{ eventId: "OrderPlaced plain-1" }],
    });
    expect(life("owing")).toMatchObject({ instances: [{ status: "completed" }], commands: [{ record: { type: "remind" } }] });
    expect(life("failed")).toMatchObject({
      instances: [{ status: "failed", endedAt: null }],
      entries: [{ kind: "event", event: { type: "OrderWeighed", aggregateId: "failed" } }],
      commands: [{ record: { type: "remind" } }],
      letters: [{ status: "open", kind: "event", handler: "on-order-paid" }],
    });
    expect(life("shaky").entries).toMatchObject([{ attempts: 1, notBefore: expect.any(Number) as number }]);
    expect(life("refund")).toMatchObject({
      commands: [{ record: { type: "remind" }, isParked: true }],
      letters: [{ kind: "command", handler: "refund" }],
    });
    expect(find("order/shipping", "early")).toMatchObject({
      instances: [],
      entries: [{ event: { type: "ParcelPacked" }, keptUntil: expect.any(Number) as number }],
    });
    expect(find("shop/checkout", "resting").instances).toMatchObject([
      { state: '"resting"', chart: expect.stringContaining("dueAt") as string },
    ]);
    expect(find("shop/checkout", "reserving").commands).toMatchObject([
      { record: { type: "reserve", invocation: expect.any(String) as string } },
    ]);
    const [paying] = find("shop/checkout", "paying").instances;
    const child = keys.find(({ process }) => process === "shop/payment")!;
    expect(child).toMatchObject({
      aggregateId: expect.stringContaining(paying!.processId) as string,
      parent: { process: "shop/checkout", aggregateId: "paying" },
      instances: [{ status: "started" }],
    });
    // A correlated event is known to those that have handled it.
    expect(find("parcel/journey", "way-2").seen.map(({ eventId }) => eventId)).toEqual(["JourneyBegun way-2", "StormCame storm-1"]);
    expect(find("parcel/journey", "storm-2").letters).toMatchObject([{ kind: "correlation", processId: "" }]);
    expect(header.lastPosition).toBeGreaterThanOrEqual(
      Math.max(...keys.flatMap(({ entries }) => entries.map(({ event }) => event.position))),
    );
    // The command of a dead letter is no row any more, and may come back with its seq.
    const { seq } = JSON.parse(life("refund").letters[0]!.subject) as { readonly seq: number };
    expect(header.lastSeq).toBeGreaterThanOrEqual(seq);
    expect(Math.max(...keys.flatMap(({ commands }) => commands.map(({ record }) => record.seq)))).toBeLessThan(seq);
  });

  it("has no instance that has ended and owes nothing, but for --ended; its events are recognised all the same", async () => {
    const { folder, run } = await openFilled();
    const [without, withEnded, short] = ["a", "b", "c"].map((name) => join(folder, `${name}.jsonl`)) as [string, string, string];
    await run("export", "--out", without);
    const { code } = await run("export", "--out", withEnded, "--ended", "--no-journal", "--process", "shipping");
    expect(code).toBe(0);
    const closed = (file: string) => readExport(file).find("order/shipping", "closed");
    expect(closed(without)).toMatchObject({
      instances: [],
      seen: [{ eventId: "ParcelDelivered closed" }, { eventId: "ShippingBegun closed" }],
    });
    expect(closed(withEnded)).toMatchObject({ instances: [{ status: "completed" }], journal: [] });
    expect(new Set(readExport(withEnded).keys.map(({ process }) => process))).toEqual(new Set(["order/shipping"]));
    const [seen] = closed(without).seen;
    expect(seen!.until).toBeGreaterThan(Date.now() + 80 * DAY);

    // What still waits is recognised however long ago it was accepted.
    await run("export", "--out", short, "--seen", "1m");
    const { keys, find } = readExport(short);
    expect(keys.some(({ aggregateId }) => aggregateId === "closed")).toBe(false);
    expect(find("order/life", "plain-1").seen).toEqual([]);
    expect(find("order/life", "failed").seen.map(({ eventId }) => eventId)).toEqual(["OrderPaid failed", "OrderWeighed failed"]);
  });

  it("goes to the standard output without --out, and says beside it how much there is", async () => {
    const { run } = await openFilled();
    const { code, stdout, stderr } = await run("export", "--process", "order/shipping", "--process", "journey");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^5 keys exported: 2 open instances, 1 event that wait/)]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(7);
    expect(JSON.parse(lines.at(-1)!)).toEqual({ end: true, keys: 5 });
    expect(await run("export", "--json")).toMatchObject({ code: 2 });
  });

  it("is refused beside a worker, over a file, and while an operator's request waits, and writes nothing", async () => {
    const { folder, path, world, run } = await openFilled();
    const file = join(folder, "out.jsonl");
    writeFileSync(file, "mine");
    expect(await run("export", "--out", file)).toMatchObject({ code: 4, stderr: expect.stringContaining("already") as string });
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect(await run("export", "--process", "order-lifecycle")).toMatchObject({ code: 3 });

    const [letter] = JSON.parse((await run("dead-letters", "list", "--json")).stdout).items as [{ readonly id: string }];
    await run("dead-letters", "discard", letter.id, "--yes");
    const other = join(folder, "other.jsonl");
    expect(await run("export", "--out", other)).toMatchObject({ code: 4, stderr: expect.stringContaining("1 retry or discard") as string });

    const system = await createProcessSystem({ ...createShop(world), store: { path }, logger: silentLogger });
    await system.start();
    onTestFinished(() => system.stop());
    expect(await run("export", "--out", other)).toMatchObject({ code: 4, stderr: expect.stringContaining("a worker works on") as string });
    expect(() => statSync(other)).toThrow("ENOENT");
  });

  it("is not whole if somebody writes to the store meanwhile, and has what was there when it began", async () => {
    const { path } = await openFilled();
    const keys = openExportedKeys({ path, synchronous: "normal" });
    onTestFinished(() => keys.close());
    const facts = keys.find({ processes: undefined, isEndedWanted: false, isJournalWanted: true, seenSince: 0 });
    const other = openSqliteStore({ path, synchronous: "normal" });
    const [failed] = other.instances.find({ aggregateId: "failed" }, 1, undefined);
    other.transact(() => other.mailbox.remove(failed!, other.mailbox.read(failed!, 1)[0]!.event.position));
    other.close();
    const lines: string[] = [];
    const header = { perdure: "export", format: 1, exportId: "e", at: "", ...facts } as const;
    const checkWhole = () => {
      if (keys.end()) throw new Error("it was written to");
    };
    expect(() => writeExport({ header, keys: keys.read(), deduplicationMs: 0, checkWhole }, (line) => void lines.push(line))).toThrow(
      "written to",
    );
    const parsed = lines.slice(1).map((line) => JSON.parse(line) as KeyLine);
    expect(parsed.find(({ aggregateId }) => aggregateId === "failed")!.entries).toHaveLength(1);
    expect(parsed.every((line) => !("end" in line))).toBe(true);
  });
});
