import type { Database } from "better-sqlite3";
import type { CommandQueue, CommandRecord } from "../commands.ts";
import { memoize, type Values } from "./statements.ts";

const COLUMNS = `seq, command_id AS commandId, type, aggregate_id AS aggregateId, payload, process, process_id AS processId,
  instance_aggregate_id AS instanceAggregateId,
  correlation_id AS correlationId, causation_id AS causationId, dispatched_at AS dispatchedAt, due_at AS dueAt, attempts,
  not_before AS notBefore, first_failed_at AS firstFailedAt, generation, origin`;

// `run_at` is the later of `due_at` and `not_before`, kept as a column so that one index serves the scheduler.
export function createCommands(database: Database): CommandQueue {
  const add = database.prepare<Values>(`
    INSERT INTO commands (command_id, type, aggregate_id, payload, process, process_id, instance_aggregate_id, correlation_id, causation_id, dispatched_at,
      due_at, run_at, origin)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const restore = database.prepare<[CommandRecord]>(`
    INSERT INTO commands (seq, command_id, type, aggregate_id, payload, process, process_id, instance_aggregate_id, correlation_id, causation_id, dispatched_at,
      due_at, run_at, attempts, not_before, first_failed_at, generation, origin)
    VALUES (@seq, @commandId, @type, @aggregateId, @payload, @process, @processId, @instanceAggregateId, @correlationId, @causationId, @dispatchedAt,
      @dueAt, max(@dueAt, coalesce(@notBefore, @dueAt)), @attempts, @notBefore, @firstFailedAt, @generation, @origin)`);
  const remove = database.prepare<[number]>("DELETE FROM commands WHERE seq = ?");
  const delay = database.prepare<[number, number, number, number, number, number]>(`
    UPDATE commands SET attempts = ?, not_before = ?, run_at = max(due_at, ?), first_failed_at = ? WHERE seq = ? AND attempts = ?`);
  const read = memoize((limit: number) =>
    database.prepare<[string], CommandRecord>(
      `SELECT ${COLUMNS} FROM commands WHERE process_id = ? AND parked = 0 ORDER BY attempts = 0, due_at, seq LIMIT ${limit}`,
    ),
  );
  const setParked = database.prepare<[number, string]>("UPDATE commands SET parked = ? WHERE process_id = ? AND origin = 'event'");
  const parked = database.prepare<[string], CommandRecord>(
    `SELECT ${COLUMNS} FROM commands WHERE process_id = ? AND parked = 1 ORDER BY seq`,
  );
  const lastSeq = database.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM commands").pluck();
  const counts = database.prepare<[number], { pending: number; overdue: number; parked: number }>(`
    SELECT count(*) FILTER (WHERE parked = 0) AS pending, count(*) FILTER (WHERE parked = 0 AND run_at <= ?) AS overdue,
      count(*) FILTER (WHERE parked = 1) AS parked
    FROM commands`);

  return {
    add: (command) => {
      const {
        commandId,
        type,
        aggregateId,
        payload,
        process,
        processId,
        instanceAggregateId,
        correlationId,
        causationId,
        dispatchedAt,
        dueAt,
        origin,
      } = command;
      const { lastInsertRowid } = add.run(
        commandId,
        type,
        aggregateId,
        payload,
        process,
        processId,
        instanceAggregateId,
        correlationId,
        causationId,
        dispatchedAt,
        dueAt,
        dueAt,
        origin,
      );
      return Number(lastInsertRowid);
    },
    restore: (command) => {
      restore.run(command);
    },
    remove: (seq) => remove.run(seq).changes > 0,
    delay: (seq, { attempts, notBefore, firstFailedAt }) =>
      delay.run(attempts, notBefore, notBefore, firstFailedAt, seq, attempts - 1).changes > 0,
    read: (processId, limit) => read(limit).all(processId),
    setParked: (processId, isParked) => {
      setParked.run(isParked ? 1 : 0, processId);
    },
    readParked: (processId) => parked.all(processId),
    lastSeq: () => lastSeq.get()!,
    counts: (now) => counts.get(now)!,
  };
}
