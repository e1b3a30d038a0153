import type { Database } from "better-sqlite3";
import type { Journal, JournalRecord } from "../journal.ts";
import type { Values } from "./values.ts";

export function createJournal(database: Database): Journal {
  const append = database.prepare<Values>("INSERT INTO journal (process_id, at, kind, data) VALUES (?, ?, ?, ?)");
  const read = database.prepare<[string], JournalRecord>(
    "SELECT process_id AS processId, at, kind, data FROM journal WHERE process_id = ? ORDER BY seq",
  );
  const latest = database.prepare<[number], JournalRecord & { process: string; aggregateId: string }>(`
    SELECT j.process_id AS processId, j.at, j.kind, j.data, i.process, i.aggregate_id AS aggregateId
    FROM journal j JOIN instances i USING (process_id) ORDER BY j.seq DESC LIMIT ?`);

  return {
    append: ({ processId, at, kind, data }) => {
      append.run(processId, at, kind, data);
    },
    read: (processId) => read.all(processId),
    latest: (limit) => latest.all(limit),
  };
}
