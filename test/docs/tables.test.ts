import { describe, expect, onTestFinished, test as it } from "vitest";
import { openDatabase } from "../../src/store/sqlite/open-database.ts";
import type { Database } from "../../src/store/sqlite/driver/database.ts";
import { APPLICATION_ID } from "../../src/store/sqlite/meta.ts";
import { SCHEMA_VERSION } from "../../src/store/sqlite/schema.ts";
import { useSqliteDatabase } from "../../src/store/sqlite/sqlite-store.ts";
import { key } from "../../src/store/contract/rows.ts";
import { append, put, putInstance } from "../../src/store/contract/write-rows.ts";
import { placeOf, readBlocks, readPage, readPages } from "./markdown.ts";

const page = readPage("docs/reference/tables.md");

/** A store of today, without a row. */
function openStore(): Database {
  const database = openDatabase({ path: ":memory:", synchronous: "full" });
  onTestFinished(() => void database.close());
  return database;
}

describe("docs/reference/tables.md", () => {
  it("lists every table with every column, in the order of the file", () => {
    const database = openStore();
    const tables = database
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
      .pluck()
      .all();
    const columns = (table: string) =>
      database.prepare<[string], string>("SELECT name FROM pragma_table_info(?) ORDER BY cid").pluck().all(table);
    const listed = [...page.text.matchAll(/^## ([a-z_]+)\n([^]*?)(?=^## )/gm)].map(([, table = "", section = ""]) => [
      table,
      [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, column]) => column),
    ]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(tables.map((table) => [table, columns(table)])));
  });

  it("says which version of the schema it is about, and how a file is known", () => {
    const text = page.text.replace(/\s+/g, " ");
    expect(text).toContain(`\`perdure_meta\` says which version a file has, ${SCHEMA_VERSION} in this version`);
    expect(text).toContain(`\`PRAGMA user_version\` is ${SCHEMA_VERSION}`);
    expect(text).toContain(`\`PRAGMA application_id\` is ${APPLICATION_ID}`);
  });
});

describe("a query in the documentation", () => {
  const queries = readPages()
    .flatMap(readBlocks)
    .filter(({ language }) => language === "sql");

  it("is one that the tables of today answer", () => {
    expect(queries.length).toBeGreaterThan(4);
    const database = openStore();
    expect(queries.filter(({ code }) => !isPrepared(database, code)).map(placeOf)).toEqual([]);
  });

  it("that asks what is parked finds what lag() counts", () => {
    const database = openStore();
    const store = useSqliteDatabase(database, "full");
    for (const [aggregateId, changes] of [
      ["open", {}],
      ["failed", { status: "failed" }],
      ["suspended", { suspended: "{}" }],
      ["ended", { status: "failed", endedAt: 9 }],
    ] as const) {
      putInstance(store, { processId: aggregateId, aggregateId, ...changes });
      for (const kind of ["event", "timer", "failed"] as const)
        put(store, { ...key(aggregateId), kind, processId: aggregateId, position: append(store, { aggregateId }) });
    }
    const [query] = queries.filter(({ code }) => code.includes("AS parked"));
    const rows = database.prepare<[], { readonly aggregate_id: string; readonly parked: number }>(query!.code).all();
    expect(new Set(rows.map((row) => [row.aggregate_id, row.parked].join(" ")))).toEqual(new Set(["failed 2", "suspended 2"]));
    expect(store.counters.backlog().parked).toBe(4);
  });

  it("changes nothing", () => {
    const database = openStore();
    expect(queries.filter(({ code }) => !database.prepare(code).readonly && !code.startsWith("VACUUM INTO ")).map(placeOf)).toEqual([]);
  });
});

function isPrepared(database: Database, query: string): boolean {
  try {
    database.prepare(query);
    return true;
  } catch {
    return false;
  }
}
