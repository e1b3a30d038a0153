import type { Database } from "./driver/database.ts";
import type { ContextIndex, DeclaredIndex, IndexedKey } from "../context-index.ts";
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
  /** `leaving`: its rows are removed, and then it goes. `rebuilding`: its rows are removed, and then it is built anew. */
  readonly state: "leaving" | "rebuilding" | "building" | "built";
  /** The number of the last instance that a build has looked at. */
  readonly reached: number;
  /** What an instance without a context has at the key, as the index has it; `null`: nothing. */
  readonly initial: string | null;
}

export function createContextIndex(database: Database): ContextIndex & ContextIndexWriter {
  // Only the worker writes instances, and it declares its keys before the first of them.
  let declared: ReadonlyMap<string, DeclaredIndex> = new Map();
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
      for (const row of keys.all()) {
        const index = wanted.get(row.process);
        if (index?.keys.includes(row.key) !== true) {
          if (row.state !== "leaving") keys.put({ ...row, state: "leaving", reached: 0 });
          continue;
        }
        const initial = encodeAt(parse(index.initial), row.key) ?? null;
        // Nobody has kept up to date what was leaving.
        if (row.state === "leaving" || row.initial !== initial) keys.put({ ...row, state: "rebuilding", reached: 0, initial });
      }
      for (const [process, index] of wanted) {
        const initial = parse(index.initial);
        for (const key of index.keys) keys.add({ process, key, state: "building", reached: 0, initial: encodeAt(initial, key) ?? null });
      }
    },
    read: (process) => keys.read(process),
    advance: (limit) => {
      let left = limit;
      for (const row of keys.unfinished()) {
        if (left <= 0) return true;
        const { done, next } = row.state === "building" ? build.go(row, left) : build.empty(row, left);
        left -= done;
        if (next === undefined) keys.remove(row);
        else keys.put(next);
      }
      return keys.unfinished().length > 0;
    },
    replace: (before, instance) => {
      const index = declared.get(instance.process);
      if (index === undefined) return;
      const [old, now] = [before === undefined ? {} : parse(before.context ?? index.initial), parse(instance.context ?? index.initial)];
      for (const key of index.keys) {
        const [from, to] = [encodeAt(old, key), encodeAt(now, key)];
        if (from === to) continue;
        if (from !== undefined) remove.run(instance.process, key, from, instance.processId);
        if (to !== undefined) add.run(key, to, instance.processId);
      }
    },
    remove: ({ process, processId, context }) => {
      for (const row of keys.ofProcess(process)) {
        const value = valueOf(row, context);
        if (value !== undefined) remove.run(process, row.key, value, processId);
      }
    },
  };
}

/** The rows of the keys themselves. */
function createKeys(database: Database) {
  const columns = "process, key, state, reached, initial";
  const all = database.prepare<[], KeyRow>(`SELECT ${columns} FROM perdure_context_keys`);
  const unfinished = database.prepare<[], KeyRow>(`SELECT ${columns} FROM perdure_context_keys WHERE state <> 'built'`);
  const ofProcess = database.prepare<[string], KeyRow>(
    `SELECT ${columns} FROM perdure_context_keys WHERE process = ? AND state <> 'leaving' ORDER BY key`,
  );
  const put = (orWhat: string) =>
    database.prepare<Values>(`INSERT OR ${orWhat} INTO perdure_context_keys (${columns}) VALUES (?, ?, ?, ?, ?)`);
  const [replace, add] = [put("REPLACE"), put("IGNORE")];
  const remove = database.prepare<[string, string]>("DELETE FROM perdure_context_keys WHERE process = ? AND key = ?");
  return {
    all: () => all.all(),
    unfinished: () => unfinished.all(),
    read: (process: string): readonly IndexedKey[] => ofProcess.all(process).map(({ key, state }) => ({ key, isBuilt: state === "built" })),
    ofProcess: (process: string) => ofProcess.all(process),
    put: ({ process, key, state, reached, initial }: KeyRow) => void replace.run(process, key, state, reached, initial),
    add: ({ process, key, state, reached, initial }: KeyRow) => void add.run(process, key, state, reached, initial),
    remove: ({ process, key }: KeyRow) => void remove.run(process, key),
  };
}

interface InstanceRow {
  readonly number: number;
  readonly isOwn: number;
  readonly context: string | null;
}

interface Progress {
  /** How many rows were looked at or removed. */
  readonly done: number;
  /** `undefined`: the key is not indexed any more. */
  readonly next: KeyRow | undefined;
}

/** What brings the index of one key on by some rows. */
function createBuild(database: Database) {
  const removeSome = database.prepare<[string, string, number]>(`
    DELETE FROM perdure_context_index WHERE (process, key, value, number) IN (
      SELECT process, key, value, number FROM perdure_context_index WHERE process = ? AND key = ? LIMIT ?)`);
  // The context of others is not read.
  const readSome = database.prepare<[string, string, number, number], InstanceRow>(`
    SELECT number, process = ? AS isOwn, iif(process = ?, context, NULL) AS context FROM perdure_instances
    WHERE number > ? ORDER BY number LIMIT ?`);
  const add = database.prepare<[string, string, string, number]>(
    "INSERT OR IGNORE INTO perdure_context_index (process, key, value, number) VALUES (?, ?, ?, ?)",
  );
  return {
    empty: (row: KeyRow, limit: number): Progress => {
      const done = removeSome.run(row.process, row.key, limit).changes;
      if (done === limit) return { done: done + 1, next: row };
      return { done: done + 1, next: row.state === "leaving" ? undefined : { ...row, state: "building", reached: 0 } };
    },
    go: (row: KeyRow, limit: number): Progress => {
      const rows = readSome.all(row.process, row.process, row.reached, limit);
      for (const { number, isOwn, context } of rows) {
        const value = isOwn === 1 ? valueOf(row, context) : undefined;
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

/** What the index of a key has for an instance with this context. */
function valueOf({ key, initial }: KeyRow, context: string | null): string | undefined {
  return context === null ? (initial ?? undefined) : encodeAt(parse(context), key);
}

function parse(context: string): Readonly<Record<string, unknown>> {
  return JSON.parse(context) as Readonly<Record<string, unknown>>;
}
