import type { Database } from "better-sqlite3";

/** What has become of everything in a store, without the identities that each run gives anew. */
export function readOutcome(database: Database, prefix: string): object {
  const lines = (sql: string) => database.prepare<[], string>(sql).pluck().all();
  return {
    instances: lines(`
      SELECT aggregate_id || ' ' || status || ' from ' || started_at || ' to ' || coalesce(ended_at, 'open') FROM ${prefix}instances
      ORDER BY aggregate_id, number`),
    letters: lines(`
      SELECT aggregate_id || ' ' || handler || ' ' || kind || ' ' || attempts || ' ' || status || ' ' || coalesce(reason, '')
      FROM ${prefix}dead_letters ORDER BY number`),
    journal: lines(`
      SELECT i.aggregate_id || ' ' || j.at || ' ' || j.kind FROM ${prefix}journal j JOIN ${prefix}instances i USING (process_id)
      ORDER BY i.aggregate_id, i.number, j.seq`),
    left: Object.fromEntries(
      ["mailbox", "commands", "requests"].map((table) => [table, lines(`SELECT count(*) FROM ${prefix}${table}`)[0]]),
    ),
  };
}
