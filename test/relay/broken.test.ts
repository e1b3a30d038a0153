import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DispatchedEvent, Receipt } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { findPlace, findStranger } from "../../src/runtime/relay/place.ts";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/patience.ts";
import { createRelaySite, listenAt, type RelaySite, standBetween } from "./relay-site.ts";

type Given = Omit<DispatchedEvent, "occurredAt">;
const event = (type: string, aggregateId = "o-1", more: Partial<Given> = {}): Given => ({ type, aggregateId, ...more });
const outcomes = (receipts: readonly Receipt[]) => receipts.map(({ outcome }) => outcome);
const many = (count: number): readonly Given[] =>
  Array.from({ length: count }, (_, index) => event("OrderPlaced", `o-${index}`, { eventId: `e-${index}` }));
const idsOf = (events: readonly Given[]) => events.map(({ eventId }) => eventId);

describe("a connection that breaks", () => {
  it("before the worker has the events has them accepted by the client", async () => {
    const site = createRelaySite();
    const worker = await site.open();
    await standBetween(site, { toWorker: (message, { client }) => (message.kind === "accept" ? void client.destroy() : message) });
    const client = await site.open({ role: "client" });
    expect(await client.system.dispatch(event("OrderPlaced"))).toMatchObject({ outcome: "accepted" });
    expect([client.written(), worker.written()]).toEqual([1, 0]);
    await worker.system.whenIdle();
    expect(site.ran).toEqual(["OrderPlaced o-1"]);
  });

  it("after the worker has accepted them gives the receipts that the worker would have given, and each is handled once", async () => {
    const site = createRelaySite();
    const keeping = defineLifecycle(
      { ParcelWeighed: site.note },
      { name: "parcel", startedBy: ["ParcelSent"], completedBy: [], keepEarly: "1d" },
    );
    const definitions = [site.order, keeping];
    const worker = await site.open({ definitions });
    await worker.system.dispatch(event("OrderPlaced", "o-1", { eventId: "before" }));
    await standBetween(site, { toClient: (message, { client }) => (message.kind === "accepted" ? void client.destroy() : message) });
    const client = await site.open({ role: "client", definitions });
    const receipts = await client.system.dispatch([
      event("OrderPlaced", "o-1", { eventId: "before" }),
      event("OrderPlaced", "o-2", { eventId: "fresh" }),
      event("PaymentReceived", "o-2"),
      event("ParcelWeighed", "o-3"),
      event("PaymentReceived", "o-4"),
      event("OrderPlaced", "o-2", { eventId: "fresh", payload: { is: "another" } }),
    ]);
    expect(outcomes(receipts)).toEqual(["duplicate", "accepted", "accepted", "kept", "unrouted", "duplicate"]);
    await worker.system.whenIdle();
    expect(site.ran.toSorted()).toEqual(["OrderPlaced o-1", "OrderPlaced o-2", "PaymentReceived o-2"]);
    expect(await worker.system.lag()).toMatchObject({ accepted: 4 });
  });

  it("in the midst of many keeps the order in which they were dispatched", async () => {
    const site = createRelaySite();
    await site.open();
    let answers = 0;
    await standBetween(site, {
      toClient: (message, { client }) => {
        if (message.kind === "accepted") answers += 1;
        return answers === 2 ? void client.destroy() : message;
      },
    });
    const client = await site.open({ role: "client" });
    const events = many(500);
    const receipts = await Promise.all(events.map((each) => client.system.dispatch(each)));
    expect(new Set(outcomes(receipts))).toEqual(new Set(["accepted"]));
    expect(site.events()).toEqual(idsOf(events));
    expect(client.written()).toBeGreaterThan(0);
  });

  it.each([
    ["answers what nobody asked", { kind: "accepted", answers: [[77, []]] }],
    ["answers with too little", { kind: "accepted", answers: [[1, []]] }],
    ["says something else", { kind: "unknown" }],
  ])("because the worker %s has the events accepted by the client", async (_, answer) => {
    const site = createRelaySite();
    await site.open();
    await standBetween(site, { toClient: (message) => (message.kind === "accepted" ? answer : message) });
    const client = await site.open({ role: "client" });
    expect(await client.system.dispatch(event("OrderPlaced"))).toMatchObject({ outcome: "accepted" });
    expect(site.events()).toHaveLength(1);
  });
});

describe("a system that stops while calls are under way", () => {
  it("as a worker answers what it has accepted, and the client accepts the rest; nothing is lost or doubled", async () => {
    const site = createRelaySite();
    const worker = await site.open();
    const client = await site.open({ role: "client" });
    await client.system.dispatch(event("OrderPlaced", "first"));
    const events = many(400);
    const dispatched = Promise.all(events.map((each) => client.system.dispatch(each)));
    await new Promise((resolve) => setImmediate(resolve));
    await worker.system.stop();
    expect(new Set(outcomes(await dispatched))).toEqual(new Set(["accepted"]));
    expect(site.events().slice(1)).toEqual(idsOf(events));
    expect(client.written() + worker.written()).toBeGreaterThanOrEqual(401);
  });

  it("as a client waits for the answers", async () => {
    const site = createRelaySite();
    await site.open();
    const client = await site.open({ role: "client" });
    const events = many(300);
    const dispatched = events.map((each) => client.system.dispatch(each));
    await client.system.stop();
    expect(new Set(outcomes(await Promise.all(dispatched)))).toEqual(new Set(["accepted"]));
    expect(site.events()).toEqual(idsOf(events));
  });

  it("as a client that waits no longer says that it does not know, and which events it is about", async () => {
    const site = createRelaySite();
    await site.open();
    await standBetween(site, { toClient: (message) => (message.kind === "accepted" ? undefined : message) });
    const client = await site.open({ role: "client" });
    const dispatched = client.system.dispatch(event("OrderPlaced", "o-1", { eventId: "e-1" })).catch((error: unknown) => error);
    await until(() => site.events().length === 1);
    await client.system.stop({ timeout: "1ms" });
    expect(await dispatched).toMatchObject({ code: "SYSTEM_STOPPED", details: { eventIds: ["e-1"] } });
  });
});

it("a worker that has lost its lease accepts nothing for others", async () => {
  const site = createRelaySite();
  let isLost = false;
  const worker = await site.open({
    onBegin: ({ lease }) => {
      if (isLost) lease.write({ ...lease.read()!, epoch: 99 });
    },
  });
  const client = await site.open({ role: "client" });
  await client.system.dispatch(event("OrderPlaced"));
  await worker.system.whenIdle();
  isLost = true;
  expect(await client.system.dispatch(event("OrderPlaced", "o-2"))).toMatchObject({ outcome: "accepted" });
  isLost = false;
  expect([client.written(), worker.written()]).toEqual([1, 1]);
});

describe("where a socket cannot be trusted", () => {
  async function expectOwnWrites(site: RelaySite, why: RegExp) {
    const client = await site.open({ role: "client" });
    for (let count = 0; count < 2; count += 1) await client.system.dispatch(event("OrderPlaced"));
    expect(client.written()).toBe(2);
    expect(client.warned).toEqual([expect.stringMatching(why)]);
  }

  it("because something else lies there, the worker leaves it as it is, and the client accepts by itself; both say so", async () => {
    const site = createRelaySite();
    writeFileSync(site.socketPath, "mine");
    const worker = await site.open();
    expect(worker.warned).toEqual([expect.stringContaining("perdure.db-relay cannot be listened at")]);
    await expectOwnWrites(site, /perdure\.db-relay is no socket/);
    expect(readFileSync(site.socketPath, "utf8")).toBe("mine");
  });

  it("because it is a link, the client does not follow it", async () => {
    const site = createRelaySite();
    await listenAt(join(dirname(site.path), "elsewhere"), () => {});
    symlinkSync("elsewhere", site.socketPath);
    await expectOwnWrites(site, /is no socket/);
  });

  it("because it is another user's", async () => {
    const site = createRelaySite();
    await site.open();
    expect(findStranger(findPlace(site.path))).toBeUndefined();
    expect(findStranger(findPlace(site.path), 987_654)).toMatch(/perdure\.db-relay belongs to another user/);
  });

  it("because of its folder: others may enter it, it belongs to another user, or it is none", () => {
    const folder = createTemporaryFolder();
    const place = { address: join(folder, "private", "socket"), isFile: true, privateFolder: join(folder, "private") };
    expect(findStranger(place)).toBeUndefined();
    mkdirSync(place.privateFolder, { mode: 0o700 });
    expect(findStranger(place)).toBeUndefined();
    expect(findStranger(place, 987_654)).toMatch(/belongs to another user/);
    rmSync(place.privateFolder, { recursive: true });
    mkdirSync(place.privateFolder, { mode: 0o750 });
    expect(findStranger(place)).toMatch(/may be entered by other users/);
    rmSync(place.privateFolder, { recursive: true });
    symlinkSync(folder, place.privateFolder);
    expect(findStranger(place)).toMatch(/is no folder/);
  });
});

it("beside a file whose path is too long for a socket, the socket lies in a folder of the user's for temporary files", async () => {
  const folder = join(createTemporaryFolder(), "a-folder-with-a-long-name".repeat(4));
  mkdirSync(folder);
  const site = createRelaySite(join(folder, "perdure.db"));
  const { address, privateFolder } = findPlace(site.path);
  onTestFinished(() => rmSync(address, { force: true }));
  expect(privateFolder).toBe(join(tmpdir(), `perdure-${process.getuid!()}`));
  const worker = await site.open();
  const client = await site.open({ role: "client" });
  await client.system.dispatch(event("OrderPlaced"));
  expect([client.written(), worker.written()]).toEqual([0, 1]);
  expect(statSync(privateFolder!).mode & 0o777).toBe(0o700);
  expect(statSync(address).mode & 0o777).toBe(0o600);
});

it("on Windows the worker is reached by a named pipe, which belongs to the file's path", () => {
  const place = findPlace("C:\\data\\perdure.db", "win32");
  expect(place).toMatchObject({ address: expect.stringMatching(/^\\\\\.\\pipe\\perdure-[0-9a-f-]{36}$/) as string, isFile: false });
  expect(findPlace("C:\\data\\perdure.db", "win32")).toEqual(place);
  expect(findPlace("C:\\data\\other.db", "win32").address).not.toBe(place.address);
});
