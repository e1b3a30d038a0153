import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, NonRetryableError, openDeadLetters, type ProcessSystem, type ProcessSystemOptions } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { createRecording, defineOrder } from "../support/order-process.ts";
import { loadSecondSqlite } from "../support/second-sqlite.ts";
import { runNode } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { createDatabasePath, createTemporaryFolder } from "../support/temporary-folder.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { pause } from "../support/pause.ts";

const placed = (aggregateId: string) => ({ type: "OrderPlaced", aggregateId, eventId: aggregateId });
const refused = expect.objectContaining({ code: "STORE_REPLACED" }) as unknown;

async function open(
  store: ProcessSystemOptions["store"],
  options: Partial<ProcessSystemOptions> = {},
): Promise<{ system: ProcessSystem; errors: string[] }> {
  const errors: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
  const system = await createProcessSystem({ definitions: [defineOrder(createRecording())], store: store!, logger, ...options });
  onTestFinished(() => system.stop({ timeout: 0 }));
  return { system, errors };
}

/** A worker that has accepted and handled `a`. */
async function openWorker(
  store: ProcessSystemOptions["store"],
  options: Partial<ProcessSystemOptions> = {},
): Promise<{ system: ProcessSystem; errors: string[] }> {
  const opened = await open(store, options);
  await opened.system.start();
  await opened.system.dispatch(placed("a"));
  await opened.system.whenIdle();
  return opened;
}

/** What `path` holds for the next OS process that opens it. */
function readEvents(path: string): unknown {
  const database = new SqliteDatabase(path, { readonly: true });
  try {
    expect(database.pragma("integrity_check", { simple: true })).toBe("ok");
    return database.prepare("SELECT event_id FROM perdure_events ORDER BY position").pluck().all();
  } finally {
    database.close();
  }
}

function findCopy(path: string): string {
  const [copy] = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}-rescued-`));
  return join(dirname(path), copy!);
}

/** As `perdure list` does beside a worker. */
async function openAndCloseElsewhere(path: string): Promise<void> {
  const script = `const d = new (require("better-sqlite3"))(${JSON.stringify(path)}); d.prepare("SELECT count(*) FROM perdure_events").get(); d.close()`;
  const { code, stderr } = await runNode(["-e", script]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

/** A client of Perdure in another OS process, which ends as `perdure list` does. `goesAway`: it names the file by its folder, and leaves that. */
async function lookAsClient(path: string, goesAway: boolean): Promise<void> {
  const named = goesAway ? basename(path) : path;
  const script = `import { createProcessSystem, defineProcess } from "perdure";
    process.chdir(${JSON.stringify(dirname(path))});
    const definition = defineProcess({ aggregate: "order", name: "order-lifecycle", startedBy: ["OrderPlaced"], completedBy: ["OrderFulfilled"], timeout: "7d", on: {} });
    const system = await createProcessSystem({ role: "client", definitions: [definition], store: { path: ${JSON.stringify(named)} } });
    await system.start();
    if (${goesAway}) process.chdir("/");
    console.log((await system.processes.find()).length);
    await system.stop();`;
  const { code, stdout } = await runNode(["--input-type=module", "-e", script], { cwd: projectFolder });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "1\n" });
}

describe("when something else in the worker's OS process opens and closes the file", () => {
  it("a second SQLite library takes the log with it: nothing more is accepted, and all that was is in the file", async () => {
    const path = createDatabasePath();
    const { system, errors } = await openWorker({ path });
    const second = loadSecondSqlite()(path);
    second.prepare("SELECT count(*) FROM perdure_events").get();
    second.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    await expect(system.dispatch(placed("b"))).rejects.toThrow(refused);
    await expect(system.dispatch([placed("c")])).rejects.toThrow(refused);
    expect(system.state).toBe("lost");
    expect(errors).toEqual([expect.stringContaining("All that was accepted is in the file")]);
    await expect(system.start()).rejects.toThrow(refused);
    await system.stop();
    expect(readEvents(path)).toEqual(["a"]);
    await system.start();
    expect((await system.dispatch(placed("a"))).outcome).toBe("duplicate");
    expect((await system.dispatch(placed("b"))).outcome).toBe("accepted");
  });

  it.each([
    ["a client of another OS process that leaves afterwards", false],
    ["one that has changed its working folder since it named the file", true],
  ])("%s does not take the log away, because a worker holds the lease", async (_, goesAway) => {
    const path = createDatabasePath();
    const { system } = await openWorker({ path });
    const { ino } = statSync(`${path}-wal`);
    // This closes descriptors of both files, and with that all locks of this OS process are gone.
    for (const suffix of ["", "-shm"]) readFileSync(path + suffix);
    await lookAsClient(path, goesAway);
    expect(statSync(`${path}-wal`).ino).toBe(ino);
    expect((await system.dispatch(placed("b"))).outcome).toBe("accepted");
    expect(readEvents(path)).toEqual(["a", "b"]);
  });

  it.each<[string, (path: string) => void]>([
    [
      "a second SQLite library that only reads",
      (path) => {
        const second = loadSecondSqlite()(path, { readonly: true });
        second.prepare("SELECT count(*) FROM perdure_events").get();
        second.close();
      },
    ],
    [
      "a backup that copies the files",
      (path) => ["", "-wal", "-shm"].forEach((suffix) => copyFileSync(path + suffix, `${path}-copy${suffix}`)),
    ],
    ["the program's own reading of the bytes", (path) => ["", "-shm"].forEach((suffix) => void readFileSync(path + suffix))],
  ])(
    "%s lets the next OS process take the log with it: what was accepted meanwhile is there, and nothing more is accepted",
    async (_, look) => {
      const path = createDatabasePath();
      const { system } = await openWorker({ path });
      look(path);
      await system.dispatch(placed("b"));
      await openAndCloseElsewhere(path);
      await expect(system.dispatch(placed("c"))).rejects.toThrow(refused);
      await system.stop();
      expect(readEvents(path)).toEqual(["a", "b"]);
    },
  );
});

it("a system is not started again while another connection of the OS process still has the removed log, as it would write into nowhere", async () => {
  const path = createDatabasePath();
  const { system } = await openWorker({ path });
  const client = await open({ path }, { role: "client" });
  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  const second = loadSecondSqlite()(path);
  second.prepare("SELECT count(*) FROM perdure_events").get();
  second.close();
  await expect(system.dispatch(placed("b"))).rejects.toThrow(refused);
  await system.stop();
  await expect(system.start()).rejects.toMatchObject({
    code: "STORE_REPLACED",
    hint: expect.stringContaining("every system on this file") as string,
  });
  await expect(open(database)).rejects.toMatchObject({ code: "STORE_REPLACED" });
  await client.system.stop();
  database.close();
  await system.start();
  await system.dispatch(placed("b"));
  await openAndCloseElsewhere(path);
  expect((await system.dispatch(placed("c"))).outcome).toBe("accepted");
  await system.stop();
  expect(readEvents(path)).toEqual(["a", "b", "c"]);
});

describe("when the files are not those at the path any more", () => {
  const replacements: readonly [string, (path: string) => void][] = [
    ["deleted", (path) => rmSync(path)],
    ["deleted with its log", (path) => ["", "-wal", "-shm"].forEach((suffix) => rmSync(path + suffix))],
    ["moved", (path) => renameSync(path, `${path}-moved`)],
    [
      "replaced by another store",
      (path) => {
        copyFileSync(path, `${path}-other`);
        renameSync(`${path}-other`, path);
      },
    ],
    [
      "replaced by an empty file",
      (path) => {
        new SqliteDatabase(`${path}-other`).exec("VACUUM").close();
        renameSync(`${path}-other`, path);
      },
    ],
    ["left with another log", (path) => rmSync(`${path}-wal`)],
  ];

  it.each(replacements)("a file that was %s accepts nothing more, and all that was accepted is in a copy beside it", async (_, replace) => {
    const path = createDatabasePath();
    const { system, errors } = await openWorker({ path });
    replace(path);
    // What is refused by the check after a commit is in the copy as well.
    await pause(10);
    await expect(system.dispatch(placed("b"))).rejects.toThrow(refused);
    expect(system.state).toBe("lost");
    const copy = findCopy(path);
    expect(errors).toEqual([expect.stringContaining(copy)]);
    await system.stop();

    expect(readEvents(copy)).toContain("a");
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    const { system: next } = await openWorker({ path: copy });
    expect(await next.processes.find()).toMatchObject([{ aggregateId: "a", status: "started" }]);
    expect(await next.lag()).toMatchObject({ accepted: 1, handled: 1 });
  });

  it.each(["", "-wal"])("a commit during which the file%s is removed is not acknowledged, and is in the copy", (suffix) => {
    const path = createDatabasePath();
    const store = openSqliteStore({ path, synchronous: "normal" });
    onTestFinished(() => store.close());
    store.transact(() => store.counters.addAccepted(1));
    const write = () => {
      store.counters.addAccepted(1);
      rmSync(path + suffix);
    };
    expect(() => store.transact(write)).toThrow(refused);
    const copy = openSqliteStore({ path: findCopy(path), synchronous: "normal" });
    onTestFinished(() => copy.close());
    expect(copy.counters.accepted()).toBe(2);
  });

  it("a link that leads to another file accepts nothing more", async () => {
    const folder = createTemporaryFolder();
    const [link, first, other] = ["link.db", "first.db", "other.db"].map((name) => join(folder, name)) as [string, string, string];
    symlinkSync(first, link);
    const { system } = await openWorker({ path: link });
    rmSync(link);
    symlinkSync(other, link);
    await expect(system.dispatch(placed("b"))).rejects.toThrow(refused);
  });

  it("a worker without anything to do notices it when it renews its lease, and whoever waits is told", async () => {
    const path = createDatabasePath();
    const { system, errors } = await openWorker({ path }, { processes: { lease: "300ms" } });
    const waiting = system.processes
      .waitFor({ aggregateId: "a" }, { status: "completed", timeout: "10s" })
      .catch((error: unknown) => error);
    renameSync(path, `${path}-moved`);
    expect(await waiting).toMatchObject({ code: "STORE_REPLACED" });
    expect(system.state).toBe("lost");
    expect(errors).toHaveLength(1);
  });

  it("one that stands by, and a client, are told as well", async () => {
    const path = createDatabasePath();
    await openWorker({ path });
    const standby = await open({ path });
    await standby.system.start();
    const client = await open({ path }, { role: "client" });
    const waiting = standby.system.processes
      .waitFor({ aggregateId: "a" }, { status: "completed", timeout: "10s" })
      .catch((error: unknown) => error);
    rmSync(path);
    await expect(client.system.dispatch(placed("b"))).rejects.toThrow(refused);
    expect(await waiting).toMatchObject({ code: "STORE_REPLACED" });
  });

  it("whoever waits for a settlement is told of the loss, be it the first to meet it or one that waits for another", async () => {
    const path = createDatabasePath();
    const failing = defineOrder(createRecording(), { does: { OrderPlaced: () => Promise.reject(new NonRetryableError("no")) } });
    const { system } = await openWorker({ path }, { definitions: [failing] });
    const [letter] = await system.deadLetters.list();
    rmSync(path);
    const calls = [system.deadLetters.retry(letter!.id), system.deadLetters.retry(letter!.id), system.deadLetters.discard(letter!.id)];
    expect(await Promise.allSettled(calls)).toEqual(calls.map(() => ({ status: "rejected", reason: refused })));
    expect(system.state).toBe("lost");
  });

  it("a connection that was given as store is refused again after a stop, because it still has the lost file", async () => {
    const path = createDatabasePath();
    const database = new SqliteDatabase(path);
    onTestFinished(() => void database.close());
    const { system } = await openWorker(database);
    rmSync(path);
    await expect(system.dispatch(placed("b"))).rejects.toThrow(refused);
    await system.stop();
    await expect(system.start()).rejects.toThrow(refused);
  });

  it("a connection whose owner has ended its write-ahead log goes on: what is committed is in the file", async () => {
    const path = createDatabasePath();
    const database = new SqliteDatabase(path);
    onTestFinished(() => void database.close());
    const { system } = await openWorker(database);
    database.pragma("journal_mode = DELETE");
    expect((await system.dispatch(placed("b"))).outcome).toBe("accepted");
    await system.stop();
    expect(readEvents(path)).toEqual(["a", "b"]);
  });
});

it("a file of dead letters that was removed holds up no work, and its letters are in the new one after the next start", async () => {
  const path = createDatabasePath();
  const dlqPath = `${path}-letters`;
  const failing = defineOrder(createRecording(), { does: { OrderPlaced: () => Promise.reject(new NonRetryableError("no")) } });
  const { system, errors } = await openWorker({ path }, { definitions: [failing], processes: { dlq: { type: "sqlite", path: dlqPath } } });
  rmSync(dlqPath);
  await pause(10);
  await system.dispatch(placed("b"));
  await system.whenIdle();
  await expect.poll(() => errors).toContainEqual(expect.stringContaining("could not be handed over"));
  expect([system.state, (await system.lag()).deadLetters]).toEqual(["working", 2]);
  await system.stop();
  await system.start();
  const letters = openDeadLetters(dlqPath);
  onTestFinished(() => letters.close());
  expect((await letters.list()).map(({ aggregateId }) => aggregateId)).toEqual(["b"]);
});

it.each<[string, (path: string) => void]>([
  ["that was folded in", () => {}],
  [
    "that was not",
    (path) => {
      // Commits that are in this log alone.
      rmSync(`${path}-wal`);
      rmSync(`${path}-shm`);
    },
  ],
])(
  "the end of a worker whose log was removed, one %s, changes nothing of what others have done since, nor takes their log",
  async (_, remove) => {
    const openSecond = loadSecondSqlite();
    const path = createDatabasePath();
    const first = await openWorker({ path });
    await first.system.stop();
    const { system } = await openWorker({ path });
    remove(path);
    const before = openSecond(path);
    before.prepare("SELECT count(*) FROM perdure_events").get();
    before.close();
    // Left open, with a log that is not folded in: as an OS process leaves it that was killed.
    const killed = openSecond(path);
    killed.pragma("wal_autocheckpoint = 0");
    killed.exec("CREATE TABLE theirs (id TEXT); INSERT INTO theirs VALUES ('x')");
    await expect(system.dispatch(placed("b"))).rejects.toThrow(refused);
    await system.stop();
    expect(existsSync(`${path}-wal`)).toBe(true);
    // The folder as it stands, as the next OS process would find it.
    const found = join(createTemporaryFolder(), "found");
    mkdirSync(found);
    for (const suffix of ["", "-wal"]) copyFileSync(path + suffix, join(found, `perdure.db${suffix}`));
    const next = new SqliteDatabase(join(found, "perdure.db"));
    onTestFinished(() => void next.close());
    expect(next.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(next.prepare("SELECT id FROM theirs").pluck().all()).toEqual(["x"]);
    killed.close();
  },
);
