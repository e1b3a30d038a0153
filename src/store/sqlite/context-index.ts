import type { Database } from "better-sqlite3";
import type { ContextIndex, IndexedKey } from "../context-index.ts";
import type { Values } from "./statements.ts";

/** A row whose context may be in the index. */
export interface Remembering {
  readonly processId: string;
  readonly process: string;
  readonly context: string | null;
}

/** What the tables of instances tell the index. Call its methods inside the transaction that writes the instance. */
export interface ContextIndexWriter {
  /** `undefined`: the instance is new. */
  replace(before: Remembering | undefined, instance: Remembering): void;
  /** Call it before the instance's row goes. */
  remove(instance: Remembering): void;
}

interface KeyRow {
  readonly process: string;
  readonly key: string;
  /** `leaving`: its rows are removed, and then it is built anew if it is declared. */
  readonly state: "leaving" | "building" | "built";
  /** The number of the last instance that a build has looked at. */
  readonly reached: number;
}

const NOTHING: readonly string[] = [];

export function createContextIndex(database: Database): ContextIndex & ContextIndexWriter {
  // Only the worker writes instances, and it declares its keys before the first of them.
  let declared: ReadonlyMap<string, readonly string[]> = new Map();
  const add = database.prepare<[string, string, string]>(`
    INSERT OR IGNORE INTO perdure_context_index (process, key, value, number)
    SELECT process, ?, ?, number FROM perdure_instances WHERE process_id = ?`);
  const remove = database.prepare<[string, string, string, string]>(`
    DELETE FROM perdure_context_index WHERE process = ? AND key = ? AND value = ?
      AND number = (SELECT number FROM perdure_instances WHERE process_id = ?)`);
  const keys = createKeys(database);
  const build = createBuild(database);

  return {
    declare: (wanted) => {
      declared = wanted;
      const isDeclared = ({ process, key }: Pick<KeyRow, "process" | "key">) => wanted.get(process)?.includes(key) === true;
      for (const row of keys.all()) if (!isDeclared(row) && row.state !== "leaving") keys.put({ ...row, state: "leaving", reached: 0 });
      for (const [process, names] of wanted) for (const key of names) keys.add({ process, key, state: "building", reached: 0 });
    },
    read: (process) => keys.read(process),
    advance: (limit) => {
      let left = limit;
      for (const row of keys.unfinished()) {
        if (left <= 0) return true;
        const { done, next } = row.state === "leaving" ? build.empty(row, left) : build.go(row, left);
        left -= done;
        if (next !== "empty") keys.put(next);
        else if (declared.get(row.process)?.includes(row.key) === true) keys.put({ ...row, state: "building", reached: 0 });
        else keys.remove(row);
      }
      return keys.unfinished().length > 0;
    },
    replace: (before, instance) => {
      const names = declared.get(instance.process) ?? NOTHING;
      if (names.length === 0) return;
      const [old, now] = [parse(before?.context ?? null), parse(instance.context)];
      for (const key of names) {
        const [from, to] = [encodeAt(old, key), encodeAt(now, key)];
        if (from === to) continue;
        if (from !== undefined) remove.run(instance.process, key, from, instance.processId);
        if (to !== undefined) add.run(key, to, instance.processId);
      }
    },
    remove: ({ process, processId, context }) => {
      if (context === null) return;
      const now = parse(context);
      for (const { key } of keys.read(process)) {
        const value = encodeAt(now, key);
        if (value !== undefined) remove.run(process, key, value, processId);
      }
    },
  };
}

/** The rows of the keys themselves. */
function createKeys(database: Database) {
  const columns = "process, key, state, reached";
  const all = database.prepare<[], KeyRow>(`SELECT ${columns} FROM perdure_context_keys`);
  const unfinished = database.prepare<[], KeyRow>(`SELECT ${columns} FROM perdure_context_keys WHERE state <> 'built'`);
  const ofProcess = database.prepare<[string], KeyRow>(
    `SELECT ${columns} FROM perdure_context_keys WHERE process = ? AND state <> 'leaving' ORDER BY key`,
  );
  const put = (orWhat: string) =>
    database.prepare<Values>(`INSERT OR ${orWhat} INTO perdure_context_keys (${columns}) VALUES (?, ?, ?, ?)`);
  const [replace, add] = [put("REPLACE"), put("IGNORE")];
  const remove = database.prepare<[string, string]>("DELETE FROM perdure_context_keys WHERE process = ? AND key = ?");
  return {
    all: () => all.all(),
    unfinished: () => unfinished.all(),
    read: (process: string): readonly IndexedKey[] => ofProcess.all(process).map(({ key, state }) => ({ key, isBuilt: state === "built" })),
    put: ({ process, key, state, reached }: KeyRow) => void replace.run(process, key, state, reached),
    add: ({ process, key, state, reached }: KeyRow) => void add.run(process, key, state, reached),
    remove: ({ process, key }: KeyRow) => void remove.run(process, key),
  };
}

interface Progress {
  /** How many rows were looked at or removed. */
  readonly done: number;
  readonly next: KeyRow | "empty";
}

/** What brings the index of one key on by some rows. */
function createBuild(database: Database) {
  const removeSome = database.prepare<[string, string, number]>(`
    DELETE FROM perdure_context_index WHERE (process, key, value, number) IN (
      SELECT process, key, value, number FROM perdure_context_index WHERE process = ? AND key = ? LIMIT ?)`);
  // The context of others is not read.
  const readSome = database.prepare<[string, number, number], { readonly number: number; readonly context: string | null }>(`
    SELECT number, iif(process = ?, context, NULL) AS context FROM perdure_instances WHERE number > ? ORDER BY number LIMIT ?`);
  const add = database.prepare<[string, string, string, number]>(
    "INSERT OR IGNORE INTO perdure_context_index (process, key, value, number) VALUES (?, ?, ?, ?)",
  );
  return {
    empty: (row: KeyRow, limit: number): Progress => {
      const done = removeSome.run(row.process, row.key, limit).changes;
      return { done: done + 1, next: done < limit ? "empty" : row };
    },
    go: (row: KeyRow, limit: number): Progress => {
      const rows = readSome.all(row.process, row.reached, limit);
      for (const { number, context } of rows) {
        const value = encodeAt(parse(context), row.key);
        if (value !== undefined) add.run(row.process, row.key, value, number);
      }
      const isDone = rows.length < limit;
      return { done: rows.length + 1, next: { ...row, state: isDone ? "built" : "building", reached: rows.at(-1)?.number ?? row.reached } };
    },
  };
}

/** A value as the index has it: as JSON, so that `1` and `"1"` are two values. `undefined`: the index does not hold such values. */
export function encodeIndexed(value: unknown): string | undefined {
  return value === null || ["string", "number", "boolean"].includes(typeof value) ? JSON.stringify(value) : undefined;
}

function encodeAt(context: Readonly<Record<string, unknown>>, key: string): string | undefined {
  return Object.hasOwn(context, key) ? encodeIndexed(context[key]) : undefined;
}

function parse(context: string | null): Readonly<Record<string, unknown>> {
  return context === null ? {} : (JSON.parse(context) as Readonly<Record<string, unknown>>);
}
