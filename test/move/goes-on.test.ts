import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test as it } from "vitest";
import type { ExportHeader, KeyLine } from "../../src/cli/move/export-lines.ts";
import { loadDomain } from "../../src/definition/load-domain.ts";
import { readChart } from "../../src/machine/read-chart.ts";
import { toKeyExport } from "../../src/restate/key/imported-key.ts";
import { readSettings } from "../../src/runtime/check/settings.ts";
import type { DeadLetterRecord } from "../../src/store/dead-letters.ts";
import type { InstanceRecord } from "../../src/store/instances.ts";
import type { JournalRecord } from "../../src/store/journal.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { createManualClock } from "../../src/testing/kit/manual-clock.ts";
import { runHere } from "../cli/run-here.ts";
import { createKeyedHost } from "../support/keyed-host/keyed-host.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { createShop, event, fillShop, FILLING_MS, openShop, type World } from "./shop.ts";

const DAY = 86_400_000;
const processes = { retry: { maxRetries: 3, initialDelay: "6h", maxDelay: "6h", jitter: 0 } } as const;

/** What is done with a shop after it was filled, on whichever host. */
interface Host {
  dispatch(given: ReturnType<typeof event>): Promise<unknown>;
  retryAll(): Promise<void>;
  advanceTo(moment: number): Promise<void>;
}

async function goOn(host: Host, world: World, child: string, now: number): Promise<void> {
  // Repeated ones: of what is open, has ended, waits, is parked, and was correlated.
  for (const [type, aggregateId] of [
    ["OrderPlaced", "plain-1"],
    ["ShippingBegun", "closed"],
    ["OrderPlaced", "owing"],
    ["ParcelPacked", "early"],
    ["OrderWeighed", "failed"],
  ] as const) {
    await host.dispatch(event(type, aggregateId));
  }
  await host.dispatch(event("StormCame", "storm-1", { parcels: ["way-1", "way-2"] }));
  world.isBroken = false;
  await host.retryAll();
  await host.dispatch(event("OrderFulfilled", "plain-1"));
  // It stays behind the one that waits for its retry.
  await host.dispatch(event("OrderPaid", "shaky"));
  await host.dispatch(event("ShippingBegun", "early"));
  await host.dispatch(event("PaymentMade", child));
  await host.advanceTo(now + 8 * DAY);
}

/** What is the same for two instances that went the same way: identities that are made in steps have the order in which they first come. */
function describeJournal(records: readonly JournalRecord[]): readonly string[] {
  const known: string[] = [];
  const name = (id: string) => `#${(known.includes(id) ? known : (known.push(id), known)).indexOf(id)}`;
  return records.map(({ at, kind, data }) => `${at} ${kind} ${data.replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, name)}`);
}

const ofPlain = ({ status, outcome, context, state, startedAt, endedAt }: InstanceRecord) => [
  status,
  outcome,
  context,
  state,
  startedAt,
  endedAt,
];

it("an export goes on at another host as it would have gone on where it was, under the same identities", async () => {
  const folder = createTemporaryFolder({
    "package.json": JSON.stringify({ type: "module" }),
    "perdure.config.js": `export default { store: { path: "./shop.db" } };`,
  });
  const world: World = { isBroken: false, done: [] };
  const begin = Date.now() - 3 * DAY;
  const now = begin + FILLING_MS;
  const path = join(folder, "shop.db");
  const shop = await openShop(path, world, begin);
  await fillShop(shop, world);
  await shop.stop();
  const { code } = await runHere({ folder } as Parameters<typeof runHere>[0], ["export", "--out", join(folder, "out.jsonl")]);
  expect(code).toBe(0);
  const [header, ...lines] = readFileSync(join(folder, "out.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown) as [ExportHeader, ...KeyLine[]];
  const exported = lines.slice(0, -1).map((key) => toKeyExport(key, header, now));
  const child = lines.find(({ process }) => process === "shop/payment")!.aggregateId;

  // Here.
  const here = await openShop(path, world, now);
  const doneBefore = world.done.length;
  await goOn(
    {
      dispatch: (given) => here.dispatch(given),
      retryAll: () => here.retryDeadLetters(),
      advanceTo: (moment) => here.advanceTo(moment),
    },
    world,
    child,
    now,
  );
  await here.stop();

  // There.
  const other: World = { isBroken: true, done: [] };
  const { definitions, commands } = createShop(other);
  const { domain } = await loadDomain({ domain: [], definitions, readChart, commands });
  const host = await createKeyedHost({
    domain,
    settings: readSettings(processes),
    clock: createManualClock(now),
    imported: exported,
  });
  await goOn(
    {
      dispatch: async (given) => {
        await host.dispatch(given);
        await host.drain();
      },
      retryAll: async () => {
        for (const { letters } of exported)
          for (const { deadLetterId, status } of letters) if (status === "open") await host.settle(deadLetterId, { kind: "retry" });
        await host.drain();
      },
      advanceTo: (moment) => host.advanceTo(moment),
    },
    other,
    child,
    now,
  );

  const store = openSqliteStore({ path, synchronous: "normal" });
  const there = new Map(host.keys.flatMap(({ rows }) => [...rows.instances.values()].map((instance) => [instance.processId, instance])));
  const journalThere = (processId: string) =>
    [...exported.flatMap(({ journal }) => journal), ...host.keys.flatMap(({ rows }) => rows.journal)].filter(
      (record) => record.processId === processId,
    );
  const begun = exported.flatMap(({ instances }) => instances);
  expect(begun).toHaveLength(12);
  for (const { processId, aggregateId } of begun) {
    const after = store.instances.get(processId)!;
    expect([aggregateId, ofPlain(there.get(processId)!)]).toEqual([aggregateId, ofPlain(after)]);
    expect([aggregateId, describeJournal(journalThere(processId))]).toEqual([aggregateId, describeJournal(store.journal.read(processId))]);
  }
  const openHere = store.instances.find({}, 1_000, undefined).filter(({ endedAt }) => endedAt === null);
  expect([...there.values()].filter(({ endedAt }) => endedAt === null)).toHaveLength(openHere.length);
  store.close();

  // What had begun is done under the same keys, so that a payment provider that had heard of it knows it again.
  const sorted = (done: World["done"]) => done.map(({ what, of, key }) => `${what} ${of} ${key}`).toSorted();
  const fresh = ["reserve resting", "OrderPaid shaky"];
  const isBegun = ({ what, of }: World["done"][number]) =>
    ["remind", "refund", "reserve", "OrderPaid", "OrderWeighed", "ParcelPacked"].includes(what) && !fresh.includes(`${what} ${of}`);
  const doneHere = world.done.slice(doneBefore);
  expect(sorted(other.done.filter(isBegun))).toEqual(sorted(doneHere.filter(isBegun)));
  expect(other.done.map(({ what, of }) => `${what} ${of}`).toSorted()).toEqual(doneHere.map(({ what, of }) => `${what} ${of}`).toSorted());
});

it("a key counts on from where the whole file was, and keeps what its turns need", () => {
  const facts = { exportId: "e", unkeyedUpTo: 3, lastPosition: 40, lastSeq: 30 };
  const parent = { process: "shop/checkout", aggregateId: "paying" };
  const rows = { process: "order/life", aggregateId: "a", parent, entries: [], commands: [], journal: [] };
  const instance = { processId: "old", endedAt: 2 } as InstanceRecord;
  const letter = { deadLetterId: "l-1", processId: "old", status: "open" } as DeadLetterRecord;
  const ofNobody = { ...letter, deadLetterId: "l-2", processId: "" };
  const settled = { ...letter, deadLetterId: "l-3", processId: "older", status: "retried" } as DeadLetterRecord;
  const instances = [{ ...instance, processId: "older" }, instance, { ...instance, processId: "open", endedAt: null }];
  const seen = [
    { eventId: "past", until: 10 },
    { eventId: "present", until: 11 },
  ];
  const letters = [letter, ofNobody, settled];
  expect(toKeyExport({ ...rows, instances, letters, seen }, facts, 10)).toEqual({
    importId: "e",
    instances,
    letters,
    journal: [],
    kept: {
      key: { process: "order/life", aggregateId: "a" },
      unkeyedUpTo: 3,
      lastPosition: 40,
      lastSeq: 30,
      accepted: 0,
      ignored: 0,
      parent,
      entries: [],
      commands: [],
      // The one that has ended and owes nothing is a row to look at.
      instances: instances.slice(1),
      letters: [letter],
      seen: [{ eventId: "present", until: 11 }],
    },
  });
});
