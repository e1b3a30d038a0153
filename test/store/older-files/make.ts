/*
 * Writes a file as an older version has it, as SQL, and what that version goes on to do with it, as JSON. In a clone of that version's
 * commit, built, with this folder copied into its root:
 *
 *     npx jiti older-files/make.ts <commit>
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase, { type Database } from "better-sqlite3";
import { createProcessSystem, defineProcess } from "perdure";
import { readOutcome } from "./outcome.ts";
import { BEGINNING, openTelling, TAKEN_OVER, tellBeginning, tellRest } from "./story.ts";

const [commit] = process.argv.slice(2);
if (commit === undefined) throw new Error("make.ts needs the commit that it runs in, for the names of its files");

// Stacks and the lease would tell of the machine.
Error.stackTraceLimit = 0;

const folder = mkdtempSync(join(tmpdir(), "perdure-older-"));
try {
  const path = join(folder, "perdure.db");
  const beginning = await openTelling(path, BEGINNING);
  await tellBeginning(beginning);
  await beginning.test.stop();
  await acceptOnly(path);
  writeFileSync(new URL(`${commit}.sql`, import.meta.url), `-- Written by commit ${commit}, with make.ts.\n${withDatabase(path, dump)}`);

  const rest = await openTelling(path, TAKEN_OVER);
  await tellRest(rest);
  await rest.test.stop();
  const outcome = withDatabase(path, (database) => readOutcome(database, ""));
  writeFileSync(new URL(`${commit}.json`, import.meta.url), `${JSON.stringify({ ran: rest.ran, ...outcome }, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Events of a client, which nobody handles before the older version stops. */
async function acceptOnly(path: string): Promise<void> {
  const order = defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "48h",
    on: { OrderPlaced: () => {}, PaymentReceived: () => {}, OrderFulfilled: () => {} },
  });
  const occurredAt = new Date(TAKEN_OVER);
  const client = await createProcessSystem({ definitions: [order], store: { path }, role: "client" });
  await client.dispatch([
    { type: "OrderPlaced", aggregateId: "o-accepted", eventId: "o-accepted-placed", occurredAt },
    { type: "PaymentReceived", aggregateId: "o-accepted", eventId: "o-accepted-paid", occurredAt },
  ]);
  await client.stop();
}

function withDatabase<Result>(path: string, work: (database: Database) => Result): Result {
  const database = new SqliteDatabase(path);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

/** The whole of a database, as SQL that makes another one like it. */
function dump(database: Database): string {
  database.exec("UPDATE lease SET owner = 'elsewhere:7:w'");
  const pragma = (name: string) => `PRAGMA ${name} = ${String(database.pragma(name, { simple: true }))};`;
  const made = database.prepare<[], { type: string; name: string; sql: string }>(
    "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, rowid",
  );
  const tables = [...made.all().filter(({ type }) => type === "table"), { name: "sqlite_sequence" }];
  const rows = tables.flatMap(({ name }) => {
    const columns = database.prepare<[string], string>("SELECT name FROM pragma_table_info(?)").pluck().all(name);
    const values = columns.map((column) => `quote(${column})`).join(" || ', ' || ");
    return database
      .prepare<[], string>(`SELECT ${values} FROM ${name}`)
      .pluck()
      .all()
      .map((row) => `INSERT INTO ${name} VALUES (${row});`);
  });
  return `${[...made.all().map(({ sql }) => `${sql};`), ...rows, pragma("application_id"), pragma("user_version")].join("\n")}\n`;
}
