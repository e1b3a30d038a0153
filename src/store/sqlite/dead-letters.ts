import type { Database } from "./driver/database.ts";
import type { DeadLetterRecord, DeadLetterRecords } from "../dead-letters.ts";
import { type Values, whereEqual } from "./statements.ts";

const COLUMNS = `dead_letter_id AS deadLetterId, process, aggregate_id AS aggregateId, process_id AS processId, kind, handler, subject,
  generation, blocks, error, attempts, first_failed_at AS firstFailedAt, last_failed_at AS lastFailedAt, status, settled_at AS settledAt,
  settled_by AS settledBy, reason, retried_with AS retriedWith`;

interface Row extends Omit<DeadLetterRecord, "blocks"> {
  readonly blocks: number;
}

export function createDeadLetters(database: Database): DeadLetterRecords {
  const add = database.prepare<[Row]>(`
    INSERT INTO perdure_dead_letters (dead_letter_id, process, aggregate_id, process_id, kind, handler, subject, generation, blocks, error, attempts,
      first_failed_at, last_failed_at, status, settled_at, settled_by, reason, retried_with)
    VALUES (@deadLetterId, @process, @aggregateId, @processId, @kind, @handler, @subject, @generation, @blocks, @error, @attempts,
      @firstFailedAt, @lastFailedAt, @status, @settledAt, @settledBy, @reason, @retriedWith)`);
  const get = database.prepare<[string], Row>(`SELECT ${COLUMNS} FROM perdure_dead_letters WHERE dead_letter_id = ?`);
  const settle = database.prepare<Values>(
    "UPDATE perdure_dead_letters SET status = ?, settled_at = ?, settled_by = ?, reason = ?, retried_with = ?, handed_over = 0 WHERE dead_letter_id = ? AND status = 'open'",
  );
  const countOpen = database.prepare<[], number>("SELECT count(*) FROM perdure_dead_letters WHERE status = 'open'").pluck();

  const countBlocking = database
    .prepare<[string], number>("SELECT count(*) FROM perdure_dead_letters WHERE process_id = ? AND status = 'open' AND blocks = 1")
    .pluck();
  const toHandOver = database.prepare<[number], Row>(
    `SELECT ${COLUMNS} FROM perdure_dead_letters WHERE handed_over = 0 ORDER BY number LIMIT ?`,
  );
  const markHandedOver = database.prepare<[string, string]>(
    "UPDATE perdure_dead_letters SET handed_over = 1 WHERE dead_letter_id = ? AND status = ?",
  );

  return {
    add: (letter) => {
      add.run({ ...letter, blocks: letter.blocks ? 1 : 0 });
    },
    get: (deadLetterId) => {
      const row = get.get(deadLetterId);
      return row === undefined ? undefined : rowToLetter(row);
    },
    find: (filter, limit, after) => {
      const { where, values } = whereEqual({
        process: filter.process,
        aggregate_id: filter.aggregateId,
        process_id: filter.processId,
        status: filter.status,
      });
      return database
        .prepare<unknown[], Row & { cursor: number }>(
          `SELECT number AS cursor, ${COLUMNS} FROM perdure_dead_letters WHERE ${where} AND number > ? ORDER BY number LIMIT ?`,
        )
        .all(...values, after ?? 0, limit)
        .map(rowToLetter);
    },
    settle: (deadLetterId, { status, settledAt, settledBy, reason, retriedWith = null }) =>
      settle.run(status, settledAt, settledBy, reason, retriedWith, deadLetterId).changes > 0,
    countOpen: () => countOpen.get()!,
    countBlocking: (processId) => countBlocking.get(processId)!,
    toHandOver: (limit) => toHandOver.all(limit).map(rowToLetter),
    markHandedOver: (deadLetterId, status) => {
      markHandedOver.run(deadLetterId, status);
    },
  };
}

function rowToLetter<Letter extends Row>({ blocks, ...letter }: Letter) {
  return { ...letter, blocks: blocks === 1 };
}
