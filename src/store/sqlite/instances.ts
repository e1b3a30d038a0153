import type { Database } from "better-sqlite3";
import { statuses } from "../../definition/model/instance.ts";
import type { IndexedFilter, InstanceRecord, Instances } from "../instances.ts";
import { type ContextIndexWriter, encodeIndexed } from "./context-index.ts";
import { countInstance, countsAlike, readInstanceCounts, sumBy } from "./instance-counts.ts";
import { createInstanceVersions } from "./instance-versions.ts";
import type { Tally } from "./tally.ts";
import { type Values, whereEqual } from "./statements.ts";

const COLUMNS = `process_id AS processId, process, aggregate_id AS aggregateId, status, started_at AS startedAt, ended_at AS endedAt,
  updated_at AS updatedAt, due_at AS dueAt, revision, fingerprint, context, outcome, version`;

export function createInstances(database: Database, tally: Tally, contextIndex: Pick<ContextIndexWriter, "replace">): Instances {
  const add = database.prepare<Values>(`
    INSERT INTO perdure_instances (process_id, process, aggregate_id, status, started_at, ended_at, updated_at, due_at, revision, fingerprint,
      context, outcome, version)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (process_id) DO NOTHING`);
  const replace = prepareReplace(database);
  const get = database.prepare<[string], InstanceRecord>(`SELECT ${COLUMNS} FROM perdure_instances WHERE process_id = ?`);
  const findOpen = database.prepare<[string, string], InstanceRecord>(
    `SELECT ${COLUMNS} FROM perdure_instances WHERE process = ? AND aggregate_id = ? AND ended_at IS NULL`,
  );

  return {
    add: (instance) => {
      const { processId, process, aggregateId, status, startedAt, endedAt, updatedAt, dueAt, revision, fingerprint } = instance;
      const told = [processId, process, aggregateId, status, startedAt, endedAt, updatedAt, dueAt, revision, fingerprint];
      const { changes } = add.run(...told, instance.context, instance.outcome, instance.version);
      if (changes === 0) return false;
      countInstance(tally, instance, 1);
      if (instance.context !== null) contextIndex.replace(undefined, instance);
      return true;
    },
    replace: (before, instance) => {
      if (!replace(before, instance)) return false;
      if (!countsAlike(before, instance)) {
        countInstance(tally, before, -1);
        countInstance(tally, instance, 1);
      }
      if (instance.context !== before.context) contextIndex.replace(before, instance);
      return true;
    },
    get: (processId) => get.get(processId),
    findOpen: ({ process, aggregateId }) => findOpen.get(process, aggregateId),
    find: (filter, limit, before) => {
      const { where, values } = whereEqual({
        process: filter.process,
        aggregate_id: filter.aggregateId,
        status: filter.status,
        outcome: filter.outcome,
      });
      const { from, values: wanted, number } = readSource(filter);
      return database
        .prepare<unknown[], InstanceRecord & { cursor: number }>(
          `SELECT number AS cursor, ${COLUMNS} FROM ${from} WHERE ${where} AND ${number} < ? ORDER BY ${number} DESC LIMIT ?`,
        )
        .all(...wanted, ...values, before ?? Number.MAX_SAFE_INTEGER, limit);
    },
    ...createInstanceVersions(database),
    fingerprints: () =>
      sumBy(
        readInstanceCounts(tally).filter(({ isOpen }) => isOpen),
        ({ process, fingerprint }) => ({ process, fingerprint }),
      ),
    counts: () =>
      sumBy(
        readInstanceCounts(tally).filter(({ status }) => statuses.includes(status)),
        ({ process, status }) => ({ process, status }),
      ),
  };
}

/**
 * Writes the columns of a row that have other values than before. SQLite writes an index again for each of its columns that a statement names,
 * whether the value is another or not.
 */
function prepareReplace(database: Database): (before: InstanceRecord, instance: InstanceRecord) => boolean {
  const prepare = (sets: string) =>
    database.prepare<Values>(
      `UPDATE perdure_instances SET ${sets} updated_at = ?, revision = ?, fingerprint = ? WHERE process_id = ? AND revision = ?`,
    );
  const status = prepare("status = ?, ended_at = ?, due_at = ?, outcome = ?,");
  const all = prepare("status = ?, ended_at = ?, due_at = ?, outcome = ?, context = ?, version = ?,");
  const context = prepare("context = ?,");
  const none = prepare("");

  return (before, instance) => {
    const rest = [instance.updatedAt, instance.revision, instance.fingerprint, instance.processId, before.revision];
    const standing = [instance.status, instance.endedAt, instance.dueAt, instance.outcome];
    const keepsStanding =
      instance.status === before.status &&
      instance.endedAt === before.endedAt &&
      instance.dueAt === before.dueAt &&
      instance.outcome === before.outcome;
    const keepsContext = instance.context === before.context;
    if (keepsStanding && keepsContext && instance.version === before.version) return none.run(...rest).changes > 0;
    if (keepsContext && instance.version === before.version) return status.run(...standing, ...rest).changes > 0;
    if (keepsStanding && instance.version === before.version) return context.run(instance.context, ...rest).changes > 0;
    return all.run(...standing, instance.context, instance.version, ...rest).changes > 0;
  };
}

interface Source {
  readonly from: string;
  readonly values: Values;
  /** The instance's number, by whose order `from` is read. */
  readonly number: string;
}

/** Where instances are looked for: in all of them, or in those that have the values of the context that a filter asks for. */
function readSource({ process, where }: IndexedFilter): Source {
  const wanted = Object.entries(where ?? {});
  if (wanted.length === 0) return { from: "perdure_instances", values: [], number: "number" };
  const isIn = "process = ? AND key = ? AND value = ?";
  // The rows of the first key lie in order of their numbers, so a page costs as much as it holds.
  const others = wanted.slice(1).map(() => `AND number IN (SELECT number FROM perdure_context_index WHERE ${isIn} AND number = x.number)`);
  return {
    from: `(SELECT number AS found FROM perdure_context_index x WHERE ${isIn} ${others.join(" ")}) CROSS JOIN perdure_instances ON number = found`,
    // What the index cannot hold equals nothing.
    values: wanted.flatMap(([key, value]) => [process ?? null, key, encodeIndexed(value) ?? null]),
    number: "found",
  };
}
