import SqliteDatabase from "better-sqlite3";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { openDeadLetterFile } from "../../src/store/sqlite/dead-letter-file.ts";
import { SCHEMA_VERSION } from "../../src/store/sqlite/schema.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { upgrades } from "../../src/store/sqlite/upgrades.ts";
import { createDatabasePath } from "../support/temporary-folder.ts";
import { readOutcome } from "./older-files/outcome.ts";
import { commits, inspect, open, readOlder, readRows, readSchema, restore } from "./older-files/restore.ts";
import { openTelling, TAKEN_OVER, tellRest } from "./older-files/story.ts";

/** By table, what rows of before have in the columns that were added since. */
const added: Readonly<Record<string, object>> = {
  mailbox: { starts: 0, kept_until: null, correlated: null, payload: null },
  routes: { correlated: 0, keep_ms: null, version: 1, policy: 0, delay_ms: null },
  requests: { target: null },
  dead_letters: { settled_by: null, retried_with: null },
  commands: { invocation: null, lane: null, key: null, traceparent: null },
  events: { traceparent: null },
  instances: { context: null, outcome: null, version: 1, state: null, chart: null, suspended: null, discard_at: null },
};

describe.each(commits)("a file that commit %s has written", (commit) => {
  it("goes on and ends as it would have there: every instance, letter, retry, timer and command, at its moment and once", async () => {
    const path = restore(commit);
    const stored = new Set(inspect(path, (database) => database.prepare<[], string>("SELECT command_id FROM commands").pluck().all()));
    const telling = await openTelling(path, TAKEN_OVER);
    onTestFinished(() => telling.test.stop());
    await tellRest(telling);
    await telling.test.stop();
    const outcome = inspect(path, (database) => readOutcome(database, "perdure_"));
    const { ran, ...expected } = JSON.parse(readOlder(`${commit}.json`)) as { readonly ran: readonly string[] };
    expect(outcome).toEqual(expected);
    expect(telling.ran.map(withoutNewId).toSorted()).toEqual(ran.map(withoutNewId).toSorted());

    // What was dispatched before keeps its identity, under which the world outside knows it.
    function withoutNewId(line: string): string {
      const [moment, name, aggregateId, commandId = ""] = line.split(" ");
      return [moment, name, aggregateId, stored.has(commandId) ? commandId : ""].join(" ");
    }
  });

  it("keeps the identities of events that were accepted there, and of none that comes after", async () => {
    const path = restore(commit);
    const waiting = inspect(path, (database) => database.prepare<[], number>("SELECT max(position) FROM events").pluck().get()!);
    const { test } = await openTelling(path, TAKEN_OVER);
    onTestFinished(() => test.stop());
    await test.dispatch({ type: "OrderPlaced", aggregateId: "o-new" });
    const { unkeyed, after } = inspect(path, (database) => ({
      unkeyed: database.prepare<[], number>("SELECT unkeyed_up_to FROM perdure_meta").pluck().get(),
      after: database.prepare<[], number>("SELECT min(position) FROM perdure_events WHERE aggregate_id = 'o-new'").pluck().get()!,
    }));
    expect(unkeyed).toBe(waiting);
    expect(after).toBeGreaterThan(waiting);
  });

  it("has every row as before when it was opened, and is sound", () => {
    const path = restore(commit);
    const before = readRows(path);
    open(path);
    const after = readRows(path);
    for (const [name, rows] of before) {
      const kept = after.get(name)!.filter((row) => name !== "counters" || row["name"] !== "to recount");
      expect([name, kept]).toEqual([name, rows.map((row) => ({ ...added[name], ...row }))]);
    }
    expect(inspect(path, (database) => database.pragma("integrity_check", { simple: true }))).toBe("ok");
  });

  it("is brought to this version as a file of dead letters as well", () => {
    const path = restore(commit);
    const letters = readRows(path)
      .get("dead_letters")!
      .map((row) => row["dead_letter_id"]);
    const file = openDeadLetterFile(path);
    onTestFinished(() => file.close());
    expect(letters.length).toBeGreaterThan(2);
    expect(file.letters.find({}, 99, undefined).map(({ deadLetterId }) => deadLetterId)).toEqual(letters);
    expect(inspect(path, (database) => database.prepare("SELECT application, version FROM perdure_meta").all())).toEqual([
      { application: "perdure", version: SCHEMA_VERSION },
    ]);
  });
});

describe.each([...commits, "version-1", undefined])("a file that was opened (made by %s)", (name) => {
  const openOne = () => {
    const path = name === undefined ? createDatabasePath() : restore(name);
    open(path);
    return path;
  };

  it("has the tables and indexes of a new file", () => {
    const path = createDatabasePath();
    open(path);
    expect(readSchema(openOne())).toEqual(readSchema(path));
  });

  it("has no table, index or trigger without perdure_ before its name", () => {
    const names = inspect(openOne(), (database) => database.prepare<[], string>("SELECT name FROM sqlite_schema").pluck().all());
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter((made) => !/^(?:sqlite_autoindex_)?perdure_/.test(made))).toEqual(["sqlite_sequence"]);
  });

  it("tells versions that know nothing of perdure_meta, in its header, that it is Perdure's and newer than they are", () => {
    const [applicationId, version] = inspect(openOne(), (database) =>
      ["application_id", "user_version"].map((pragma) => database.pragma(pragma, { simple: true })),
    );
    expect(applicationId).toBe(0x50524452);
    expect(version).toBe(SCHEMA_VERSION);
    expect(version).toBeGreaterThan(4);
  });
});

it("a file of version 5 is brought on, but not while a worker of that version has the lease", () => {
  const path = restore("29c0e8e");
  const rows = readRows(path).get("instances")!;
  const database = new SqliteDatabase(path);
  const tellLease = (expiresAt: number) => database.prepare("UPDATE perdure_lease SET duration_ms = 60000, expires_at = ?").run(expiresAt);
  database.exec(upgrades[3]!);
  database.pragma("user_version = 5");
  tellLease(Date.now() + 50_000);
  expect(() => open(path)).toThrow(expect.objectContaining({ code: "STORE_OLDER" }) as Error);
  tellLease(0);
  database.close();
  open(path);
  const fresh = createDatabasePath();
  open(fresh);
  expect(readSchema(path)).toEqual(readSchema(fresh));
  expect(readRows(path).get("instances")).toEqual(rows.map((row) => ({ ...added["instances"], ...row })));
});

it("a file over which the content of an older version was written, while it was open, takes nothing more", () => {
  const path = createDatabasePath();
  const store = openSqliteStore({ path, synchronous: "normal" });
  onTestFinished(() => store.close());
  const database = new SqliteDatabase(path);
  onTestFinished(() => void database.close());
  database.transaction(() => {
    const tables = database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'perdure%'").pluck();
    for (const name of tables.all()) database.exec(`DROP TABLE ${name}`);
    database.exec(readOlder("336bdea.sql"));
  })();
  expect(() => store.transact(() => "begun")).toThrow(expect.objectContaining({ code: "STORE_REPLACED" }) as Error);
});
