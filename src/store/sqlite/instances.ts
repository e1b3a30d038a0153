import type { Database } from "better-sqlite3";
import { statuses } from "../../definition/model/instance.ts";
import type { InstanceRecord, Instances } from "../instances.ts";
import { countInstance, countsAlike, readInstanceCounts, sumBy } from "./instance-counts.ts";
import { createInstanceVersions } from "./instance-versions.ts";
import type { Tally } from "./tally.ts";
import { type Values, whereEqual } from "./statements.ts";

const COLUMNS = `process_id AS processId, process, aggregate_id AS aggregateId, status, started_at AS startedAt, ended_at AS endedAt,
  updated_at AS updatedAt, due_at AS dueAt, revision, fingerprint, context, outcome, version`;

export function createInstances(database: Database, tally: Tally): Instances {
  const add = database.prepare<Values>(`
    INSERT INTO perdure_instances (process_id, process, aggregate_id, status, started_at, ended_at, updated_at, due_at, revision, fingerprint,
      context, outcome, version)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (process_id) DO NOTHING`);
  // SQLite writes an index again for each of its columns that is named, whether the value is another or not.
  const prepareReplace = (sets: string) =>
    database.prepare<Values>(
      `UPDATE perdure_instances SET ${sets} updated_at = ?, revision = ?, fingerprint = ? WHERE process_id = ? AND revision = ?`,
    );
  const replacements = {
    plain: prepareReplace(""),
    context: prepareReplace("context = ?,"),
    status: prepareReplace("status = ?, ended_at = ?, due_at = ?, outcome = ?,"),
    all: prepareReplace("status = ?, ended_at = ?, due_at = ?, outcome = ?, context = ?,"),
    version: prepareReplace("status = ?, ended_at = ?, due_at = ?, outcome = ?, context = ?, version = ?,"),
  };
  const get = database.prepare<[string], InstanceRecord>(`SELECT ${COLUMNS} FROM perdure_instances WHERE process_id = ?`);
  const findOpen = database.prepare<[string, string], InstanceRecord>(
    `SELECT ${COLUMNS} FROM perdure_instances WHERE process = ? AND aggregate_id = ? AND ended_at IS NULL`,
  );

  return {
    add: (instance) => {
      const { processId, process, aggregateId, status, startedAt, endedAt, updatedAt, dueAt, revision, fingerprint } = instance;
      const told = [processId, process, aggregateId, status, startedAt, endedAt, updatedAt, dueAt, revision, fingerprint];
      const { changes } = add.run(...told, instance.context, instance.outcome, instance.version);
      if (changes > 0) countInstance(tally, instance, 1);
      return changes > 0;
    },
    replace: (before, instance) => {
      const { processId, status, endedAt, updatedAt, dueAt, revision, fingerprint, outcome, context, version } = instance;
      const isPlain = status === before.status && endedAt === before.endedAt && dueAt === before.dueAt && outcome === before.outcome;
      const rest = [updatedAt, revision, fingerprint, processId, before.revision];
      const { changes } =
        version !== before.version
          ? replacements.version.run(status, endedAt, dueAt, outcome, context, version, ...rest)
          : context === before.context
            ? isPlain
              ? replacements.plain.run(...rest)
              : replacements.status.run(status, endedAt, dueAt, outcome, ...rest)
            : isPlain
              ? replacements.context.run(context, ...rest)
              : replacements.all.run(status, endedAt, dueAt, outcome, context, ...rest);
      if (changes > 0 && !countsAlike(before, instance)) {
        countInstance(tally, before, -1);
        countInstance(tally, instance, 1);
      }
      return changes > 0;
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
      return database
        .prepare<unknown[], InstanceRecord & { cursor: number }>(
          `SELECT number AS cursor, ${COLUMNS} FROM perdure_instances WHERE ${where} AND number < ? ORDER BY number DESC LIMIT ?`,
        )
        .all(...values, before ?? Number.MAX_SAFE_INTEGER, limit);
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
