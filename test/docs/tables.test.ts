import { describe, expect, onTestFinished, test as it } from "vitest";
import { openDatabase } from "../../src/store/sqlite/open-database.ts";
import type { Database } from "../../src/store/sqlite/driver/database.ts";
import { APPLICATION_ID } from "../../src/store/sqlite/meta.ts";
import { SCHEMA_VERSION } from "../../src/store/sqlite/schema.ts";
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
