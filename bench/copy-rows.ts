import type { Database } from "better-sqlite3";

/** What a copy does not have in common with the row it is made of. */
export interface Differences {
  /** Texts that occur in the row; each ends in twelve characters that become the copy's number. */
  readonly identities: readonly string[];
  /** By column: the first copy's moment in milliseconds since 1970, and how many lie between one copy's and the next one's. */
  readonly moments: Readonly<Record<string, { readonly first: number; readonly step: number }>>;
}

type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly pk: number;
}

const DIGITS = 12;

/** Copies those rows of a table, `count` times each, in which an identity occurs. It knows no table by its name. */
export function copyRows(database: Database, table: string, count: number, differences: Differences): void {
  const columns = database.prepare<[], Column>(`SELECT name, type, pk FROM pragma_table_info('${table}')`).all();
  const key = columns.find(({ type, pk }) => pk === 1 && type === "INTEGER")?.name;
  const texts = columns.filter(({ type }) => type === "TEXT").map(({ name }) => name);
  if (texts.length === 0 || count === 0) return;
  const { identities } = differences;
  const hasIdentity = texts.flatMap((text) => identities.map(() => `instr(${text}, ?) > 0`)).join(" OR ");
  const rows = database.prepare<string[], Row>(`SELECT * FROM ${table} WHERE ${hasIdentity}`).all(...texts.flatMap(() => identities));
  for (const row of rows) {
    // SQLite counts the key on by itself.
    const values = columns
      .filter(({ name }) => name !== key)
      .map(({ name }) => ({ name, sql: describeValue(name, row[name]!, differences) }));
    database.exec(`
      WITH RECURSIVE copies (number, digits) AS (
        SELECT 1, printf('%0${DIGITS}d', 1) UNION ALL SELECT number + 1, printf('%0${DIGITS}d', number + 1) FROM copies WHERE number < ${count}
      )
      INSERT INTO ${table} (${values.map(({ name }) => name).join(", ")}) SELECT ${values.map(({ sql }) => sql).join(", ")} FROM copies`);
  }
}

export function listTables(database: Database): readonly string[] {
  return database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").pluck().all();
}

export function readCounters(database: Database): ReadonlyMap<string, number> {
  const rows = database.prepare<[], { name: string; value: number }>("SELECT name, value FROM perdure_counters").all();
  return new Map(rows.map(({ name, value }) => [name, value]));
}

function describeValue(column: string, value: Value, { identities, moments }: Differences): string {
  if (value === null) return "NULL";
  const moment = moments[column];
  if (moment !== undefined) return `CAST(${moment.first} + number * ${moment.step} AS INTEGER)`;
  if (typeof value === "number") return String(value);
  // Each place where the digits go parts the text in two.
  const marked = identities.reduce((text, identity) => text.replaceAll(identity, `${identity.slice(0, -DIGITS)}\0`), value);
  return marked
    .split("\0")
    .map((part) => `'${part.replaceAll("'", "''")}'`)
    .join(" || digits || ");
}
