import type { Database } from "better-sqlite3";
import { type Status, statuses } from "../../definition/handler.ts";
import type { InstanceRecord, Instances } from "../instances.ts";
import { whereEqual } from "./where-equal.ts";

const COLUMNS = `process_id AS processId, process, aggregate_id AS aggregateId, status, started_at AS startedAt, ended_at AS endedAt,
  updated_at AS updatedAt, due_at AS dueAt, revision, fingerprint`;

export function createInstances(database: Database): Instances {
  const insert = database.prepare<[InstanceRecord]>(`
    INSERT INTO instances (process_id, process, aggregate_id, status, started_at, ended_at, updated_at, due_at, revision, fingerprint)
    VALUES (@processId, @process, @aggregateId, @status, @startedAt, @endedAt, @updatedAt, @dueAt, @revision, @fingerprint)
    ON CONFLICT (process_id) DO NOTHING`);
  const update = database.prepare<[InstanceRecord]>(`
    UPDATE instances SET status = @status, ended_at = @endedAt, updated_at = @updatedAt, due_at = @dueAt, revision = @revision,
      fingerprint = @fingerprint
    WHERE process_id = @processId AND revision = @revision - 1`);
  const get = database.prepare<[string], InstanceRecord>(`SELECT ${COLUMNS} FROM instances WHERE process_id = ?`);
  const findOpen = database.prepare<[string, string], InstanceRecord>(
    `SELECT ${COLUMNS} FROM instances WHERE process = ? AND aggregate_id = ? AND ended_at IS NULL`,
  );
  const counts = database.prepare<[], { process: string; status: Status; count: number }>(
    "SELECT process, status, count(*) AS count FROM instances GROUP BY status, process",
  );

  const fingerprints = database.prepare<[], { process: string; fingerprint: string; count: number }>(`
    SELECT process, fingerprint, count(*) AS count FROM instances WHERE ended_at IS NULL GROUP BY process, fingerprint ORDER BY process`);

  return {
    put: (instance) => (instance.revision === 1 ? insert : update).run(instance).changes > 0,
    get: (processId) => get.get(processId),
    findOpen: ({ process, aggregateId }) => findOpen.get(process, aggregateId),
    find: (filter, limit, before) => {
      const { where, values } = whereEqual({ process: filter.process, aggregate_id: filter.aggregateId, status: filter.status });
      return database
        .prepare<unknown[], InstanceRecord & { cursor: number }>(
          `SELECT number AS cursor, ${COLUMNS} FROM instances WHERE ${where} AND number < ? ORDER BY number DESC LIMIT ?`,
        )
        .all(...values, before ?? Number.MAX_SAFE_INTEGER, limit);
    },
    fingerprints: () => fingerprints.all(),
    counts: () => counts.all().filter(({ status }) => statuses.includes(status)),
  };
}
