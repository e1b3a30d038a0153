import type { Database } from "./driver/database.ts";
import type { Journal, JournalRecord, NumberedRecord } from "../journal.ts";
import type { Values } from "./statements.ts";

export function createJournal(database: Database): Journal {
  const append = database.prepare<Values>("INSERT INTO perdure_journal (process_id, at, kind, data) VALUES (?, ?, ?, ?)");
  const read = database.prepare<[string], JournalRecord>(
    "SELECT process_id AS processId, at, kind, data FROM perdure_journal WHERE process_id = ? ORDER BY seq",
  );
  const numbered = `SELECT j.seq, j.process_id AS processId, j.at, j.kind, j.data, i.process, i.aggregate_id AS aggregateId
    FROM perdure_journal j JOIN perdure_instances i USING (process_id)`;
  const latest = database.prepare<[number], NumberedRecord>(`${numbered} ORDER BY j.seq DESC LIMIT ?`);
  const after = database.prepare<[number, number], NumberedRecord>(`${numbered} WHERE j.seq > ? ORDER BY j.seq LIMIT ?`);
  const afterOf = database.prepare<[string, number, number], NumberedRecord>(
    `${numbered} WHERE j.process_id = ? AND j.seq > ? ORDER BY j.seq LIMIT ?`,
  );
  const beforeOf = database.prepare<[string, number, number], NumberedRecord>(
    `${numbered} WHERE j.process_id = ? AND j.seq < ? ORDER BY j.seq DESC LIMIT ?`,
  );
  const lastSeq = database.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM perdure_journal").pluck();

  return {
    append: ({ processId, at, kind, data }) => {
      append.run(processId, at, kind, data);
    },
    read: (processId) => read.all(processId),
    after: (seq, limit, processId) => (processId === undefined ? after.all(seq, limit) : afterOf.all(processId, seq, limit)),
    lastSeq: () => lastSeq.get()!,
    before: (seq, limit, processId) => beforeOf.all(processId, seq, limit),
    latest: (limit) => latest.all(limit),
  };
}
