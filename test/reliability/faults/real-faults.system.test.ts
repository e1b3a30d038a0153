import SqliteDatabase, { type Database } from "better-sqlite3";
import { createProcessSystem, type ProcessSystem, type ProcessSystemOptions } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { defineLifecycle } from "../../support/define-lifecycle.ts";
import { isLongForm } from "../../support/long-form.ts";
import { until } from "../../support/patience.ts";
import { silentLogger } from "../../support/silent-logger.ts";
import { createDatabasePath } from "../../support/temporary-folder.ts";
import { createSeeded } from "../crash/seeded.ts";
import { runWorkload } from "./workload.ts";
import { pause } from "../../support/pause.ts";

// Far longer than SQLite waits for one statement, shorter than a dispatch is kept waiting.
const LOCKED_MS = 2_500;

/** A second connection, as of another program, holds the write lock for a while. */
async function holdLock(path: string, ms = LOCKED_MS): Promise<void> {
  const other = new SqliteDatabase(path);
  try {
    other.exec("BEGIN IMMEDIATE");
    await pause(ms);
    other.exec("COMMIT");
  } finally {
    other.close();
  }
}

/** When the lease ends that a worker has now. */
function readExpiry(path: string): number {
  const database = new SqliteDatabase(path, { readonly: true });
  try {
    return database.prepare<[], { at: number }>("SELECT expires_at AS at FROM perdure_lease").get()!.at;
  } finally {
    database.close();
  }
}

interface Opened {
  readonly system: ProcessSystem;
  readonly runs: string[];
}

/** Handlers take 50 ms; `reserve` returns an event. */
async function open(path: string, options: Partial<ProcessSystemOptions> = {}): Promise<Opened> {
  const runs: string[] = [];
  const system = await createProcessSystem({
    store: { path },
    logger: silentLogger,
    definitions: [
      defineLifecycle({
        OrderPlaced: async ({ event: { aggregateId }, commands, attempt }) => {
          runs.push(`OrderPlaced ${aggregateId} ${attempt}`);
          await commands.reserve!({ aggregateId });
          await pause(50);
        },
        OrderReserved: ({ event: { aggregateId }, attempt }) => void runs.push(`OrderReserved ${aggregateId} ${attempt}`),
      }),
    ],
    commands: {
      reserve: async ({ command: { aggregateId }, attempt }) => {
        runs.push(`reserve ${aggregateId} ${attempt}`);
        await pause(50);
        return { type: "OrderReserved", aggregateId };
      },
    },
    ...options,
  });
  onTestFinished(() => system.stop({ timeout: 0 }));
  return { system, runs };
}

const place = (aggregateId: string) => ({ type: "OrderPlaced", aggregateId, eventId: `OrderPlaced ${aggregateId}` });
const allOf = (aggregateId: string) => [`OrderPlaced ${aggregateId} 1`, `OrderReserved ${aggregateId} 1`, `reserve ${aggregateId} 1`];

async function expectHealed(system: ProcessSystem, accepted: number) {
  expect(await system.lag()).toMatchObject({
    accepted,
    handled: accepted,
    waiting: 0,
    parked: 0,
    overdueTimers: 0,
    pendingCommands: 0,
    deadLetters: 0,
  });
}

describe("while another program holds the lock for seconds", () => {
  it("an event is accepted as soon as the lock is free, and is handled once, in its first attempt", async () => {
    const path = createDatabasePath();
    const { system, runs } = await open(path);
    await system.start();
    const lock = holdLock(path);
    const receipt = await system.dispatch(place("o-1"));
    expect(receipt.outcome).toBe("accepted");
    await lock;
    await system.whenIdle();
    expect(runs.toSorted()).toEqual(allOf("o-1"));
    await expectHealed(system, 2);
  });

  it("handlers and command handlers that finish meanwhile wait with their commit, and no attempt is counted as failed", async () => {
    const path = createDatabasePath();
    const { system, runs } = await open(path);
    await system.start();
    const ids = Array.from({ length: 20 }, (_, index) => `o-${index + 10}`);
    await system.dispatch(ids.slice(0, 10).map(place));
    await pause(80);
    await system.dispatch(ids.slice(10).map(place));
    await pause(10);
    // Some commands run now, and some handlers.
    await holdLock(path);
    await system.whenIdle();
    expect(runs.toSorted()).toEqual(ids.flatMap(allOf).toSorted());
    const instances = await system.processes.find({ limit: 100 });
    const histories = await Promise.all(instances.map(({ processId }) => system.processes.history(processId)));
    expect(new Set(histories.flat().map(({ kind }) => kind))).toEqual(new Set(["started", "handled", "command_handled"]));
    await expectHealed(system, 40);
  });

  it("the worker keeps its lease, and is not displaced by one that stands by", async () => {
    const path = createDatabasePath();
    // Renewed after a third of it: while the lock is held, and with time to spare on a machine that has much else to do.
    const { system, runs } = await open(path, { processes: { lease: "6s" } });
    await system.start();
    const standby = await open(path, { processes: { lease: "6s" } });
    await standby.system.start();
    const before = readExpiry(path);
    await system.dispatch(place("o-1"));
    await holdLock(path);
    await system.whenIdle();
    await until(() => readExpiry(path) > before);
    expect([system.state, standby.system.state]).toEqual(["working", "standby"]);
    expect([runs.toSorted(), standby.runs]).toEqual([allOf("o-1"), []]);
  });

  it("a system that is started works when the lock is free", async () => {
    const path = createDatabasePath();
    const { system, runs } = await open(path);
    await system.dispatch(place("o-1"));
    const lock = holdLock(path);
    await system.start();
    await lock;
    await until(() => system.state === "working");
    await system.whenIdle();
    expect(runs.toSorted()).toEqual(allOf("o-1"));
  });

  it("a system whose start was refused can be started again", async () => {
    const path = createDatabasePath();
    const { system, runs } = await open(path);
    await system.dispatch(place("o-1"));
    const lock = holdLock(path);
    await system.start().catch(() => {});
    await lock;
    await system.start();
    await until(() => system.state === "working");
    await system.whenIdle();
    expect(runs.toSorted()).toEqual(allOf("o-1"));
  });

  it("one that stands by when the worker ends works when the lock is free", async () => {
    const path = createDatabasePath();
    const first = await open(path);
    await first.system.start();
    const standby = await open(path);
    await standby.system.start();
    await first.system.stop();
    const lock = holdLock(path);
    await lock;
    await standby.system.dispatch(place("o-1"));
    await until(() => standby.system.state === "working");
    await standby.system.whenIdle();
    expect(standby.runs.toSorted()).toEqual(allOf("o-1"));
  });
});

/** Faults that SQLite itself reports, each with the way there and back. */
const causes: readonly [string, (database: Database) => void, (database: Database) => void][] = [
  [
    "the disk is full",
    (database) => void database.pragma(`max_page_count = ${database.pragma("page_count", { simple: true }) as number}`),
    (database) => void database.pragma("max_page_count = 1073741823"),
  ],
  ["the file is read-only", (database) => void database.pragma("query_only = ON"), (database) => void database.pragma("query_only = OFF")],
];

describe.each(causes)("%s now and then", (_, cause, undo) => {
  it("and nothing is lost, doubled or half written, and no handler runs again", { timeout: 120_000 }, async () => {
    const sound = await runWorkload();
    const seeds = isLongForm ? 12 : 1;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const seeded = createSeeded(seed);
      const database = new SqliteDatabase(":memory:");
      // With small pages there are more moments at which a new one is needed.
      database.pragma("page_size = 512");
      let failing = 0;
      let transactions = 0;
      const result = await runWorkload({
        database,
        wrapStore: (store) => ({
          ...store,
          transact: (work) => {
            transactions += 1;
            if (failing === 0 && transactions > 3 && seeded.chance(0.2)) {
              failing = seeded.between(1, 4);
              cause(database);
            }
            try {
              return store.transact(work);
            } finally {
              if (failing > 0 && (failing -= 1) === 0) undo(database);
            }
          },
        }),
      });
      const { runs, instances, letters, lag, lies } = result;
      expect({ seed, runs, instances, letters, lag, lies }).toEqual({
        seed,
        runs: sound.runs,
        instances: sound.instances,
        letters: sound.letters,
        lag: sound.lag,
        lies: [],
      });
      expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
      database.close();
    }
  });
});
