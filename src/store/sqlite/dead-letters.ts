import type { Database } from "better-sqlite3";
import type { DeadLetterRecord, DeadLetters } from "../dead-letters.ts";
import { whereEqual } from "./where-equal.ts";

const COLUMNS = `dead_letter_id AS deadLetterId, process, aggregate_id AS aggregateId, process_id AS processId, kind, handler, subject,
  generation, error, attempts, first_failed_at AS firstFailedAt, last_failed_at AS lastFailedAt, status, settled_at AS settledAt, reason`;

export function createDeadLetters(database: Database): DeadLetters {
  const add = database.prepare<[DeadLetterRecord]>(`
    INSERT INTO dead_letters (dead_letter_id, process, aggregate_id, process_id, kind, handler, subject, generation, error, attempts,
      first_failed_at, last_failed_at, status, settled_at, reason)
    VALUES (@deadLetterId, @process, @aggregateId, @processId, @kind, @handler, @subject, @generation, @error, @attempts,
      @firstFailedAt, @lastFailedAt, @status, @settledAt, @reason)`);
  const get = database.prepare<[string], DeadLetterRecord>(`SELECT ${COLUMNS} FROM dead_letters WHERE dead_letter_id = ?`);
  const settle = database.prepare<[string, number, string | null, string]>(
    "UPDATE dead_letters SET status = ?, settled_at = ?, reason = ? WHERE dead_letter_id = ? AND status = 'open'",
  );
  const countOpen = database.prepare<[], number>("SELECT count(*) FROM dead_letters WHERE status = 'open'").pluck();

  return {
    add: (letter) => {
      add.run(letter);
    },
    get: (deadLetterId) => get.get(deadLetterId),
    find: (filter, limit, after) => {
      const { where, values } = whereEqual({
        process: filter.process,
        aggregate_id: filter.aggregateId,
        process_id: filter.processId,
        status: filter.status,
      });
      return database
        .prepare<unknown[], DeadLetterRecord & { cursor: number }>(
          `SELECT number AS cursor, ${COLUMNS} FROM dead_letters WHERE ${where} AND number > ? ORDER BY number LIMIT ?`,
        )
        .all(...values, after ?? 0, limit);
    },
    settle: (deadLetterId, { status, settledAt, reason }) => settle.run(status, settledAt, reason, deadLetterId).changes > 0,
    countOpen: () => countOpen.get()!,
  };
}
