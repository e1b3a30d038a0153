import type { Database } from "./driver/database.ts";
import type { CommandQueue, CommandRecord, NewCommand } from "../commands.ts";
import { isFromOutside, readLane } from "../../definition/model/lane.ts";
import { memoize, type Values, whereEqual } from "./statements.ts";

/** The columns of a `CommandRecord`. */
export const commandColumns = `seq, command_id AS commandId, type, aggregate_id AS aggregateId, payload, process, process_id AS processId,
  instance_aggregate_id AS instanceAggregateId,
  correlation_id AS correlationId, causation_id AS causationId, dispatched_at AS dispatchedAt, due_at AS dueAt, attempts,
  not_before AS notBefore, first_failed_at AS firstFailedAt, generation, origin, invocation, lane, key, traceparent`;

// `run_at` is the later of `due_at` and `not_before`, kept as a column so that one index serves the scheduler.
export function createCommands(database: Database): CommandQueue {
  const add = prepareAdd(database, "", "");
  // Most commands have none of these, so that most cost no more for them.
  const addSpecial = prepareAdd(database, ", invocation, lane, key, traceparent", ", ?, ?, ?, ?");
  const restore = database.prepare<[CommandRecord]>(`
    INSERT INTO perdure_commands (seq, command_id, type, aggregate_id, payload, process, process_id, instance_aggregate_id, correlation_id, causation_id, dispatched_at,
      due_at, run_at, attempts, not_before, first_failed_at, generation, origin, invocation, lane, key, traceparent)
    VALUES (@seq, @commandId, @type, @aggregateId, @payload, @process, @processId, @instanceAggregateId, @correlationId, @causationId, @dispatchedAt,
      @dueAt, max(@dueAt, coalesce(@notBefore, @dueAt)), @attempts, @notBefore, @firstFailedAt, @generation, @origin, @invocation, @lane, @key, @traceparent)`);
  const noteMoment = database.prepare<[number, string]>("UPDATE perdure_command_ids SET due_at = ? WHERE command_id = ?");
  const remove = database.prepare<[number]>("DELETE FROM perdure_commands WHERE seq = ?");
  const isReady = database
    .prepare<[number, number], number>("SELECT 1 FROM perdure_commands WHERE seq = ? AND attempts = ? AND parked = 0")
    .pluck();
  const withdraw = database.prepare<[string, string]>("DELETE FROM perdure_commands WHERE process_id = ? AND command_id = ?");
  const delay = database.prepare<[number, number, number, number, number, number]>(`
    UPDATE perdure_commands SET attempts = ?, not_before = ?, run_at = max(due_at, ?), first_failed_at = ? WHERE seq = ? AND attempts = ?`);
  // The commands of a lane that have been tried come first. They are few, and have their own index.
  const prepareRead = (index: string, condition: string, limit: number) =>
    database.prepare<[string], CommandRecord>(
      `SELECT ${commandColumns} FROM perdure_commands INDEXED BY ${index}
      WHERE process_id = ? AND parked = 0 AND lane IS NULL AND ${condition} ORDER BY due_at, seq LIMIT ${limit}`,
    );
  const readOwn = database.prepare<[string, string], CommandRecord>(
    `SELECT ${commandColumns} FROM perdure_commands INDEXED BY perdure_commands_own_lanes
    WHERE process_id = ? AND command_id = ? AND lane IS NOT NULL AND parked = 0`,
  );
  const named = database.prepare<[string, string, string], CommandRecord>(
    `SELECT ${commandColumns} FROM perdure_commands WHERE process_id = ? AND (command_id = ? OR key = ?) AND invocation IS NULL ORDER BY seq`,
  );
  const readTried = memoize((limit: number) => prepareRead("perdure_commands_tried", "attempts > 0", limit));
  const readUntried = memoize((limit: number) => prepareRead("perdure_commands_by_instance", "attempts = 0", limit));
  const setParked = database.prepare<[number, string]>(
    `UPDATE perdure_commands SET parked = ? WHERE process_id = ? AND origin = 'event' AND (lane IS NULL OR invocation IS NOT NULL)`,
  );
  const parked = database.prepare<[string], CommandRecord>(
    `SELECT ${commandColumns} FROM perdure_commands WHERE process_id = ? AND parked = 1 ORDER BY seq`,
  );
  const lastSeq = database.prepare<[], number>("SELECT coalesce(max(seq), 0) FROM perdure_commands").pluck();
  const counts = database.prepare<[number], { pending: number; overdue: number; parked: number }>(`
    SELECT count(*) FILTER (WHERE parked = 0) AS pending, count(*) FILTER (WHERE parked = 0 AND run_at <= ?) AS overdue,
      count(*) FILTER (WHERE parked = 1) AS parked
    FROM perdure_commands`);
  const countDue = database.prepare<[{ now: number; types: string }], { type: string; count: number }>(`
    SELECT type, count(*) AS count FROM perdure_commands
    WHERE parked = 0 AND run_at <= @now AND type IN (SELECT value FROM json_each(@types)) GROUP BY type`);

  return {
    add: (command) => {
      const { invocation, lane, key, traceparent = null } = command;
      const isPlain = lane === null && key === null && traceparent === null;
      const result = isPlain ? add.run(...toValues(command)) : addSpecial.run(...toValues(command), invocation, lane, key, traceparent);
      return Number(result.lastInsertRowid);
    },
    restore: (command) => {
      restore.run({ ...command, traceparent: command.traceparent ?? null });
      if (isFromOutside(command)) noteMoment.run(command.dueAt, command.commandId);
    },
    remove: (seq) => remove.run(seq).changes > 0,
    isReady: (seq, attempts) => isReady.get(seq, attempts) !== undefined,
    withdraw: (processId, commandId) => withdraw.run(processId, commandId).changes > 0,
    delay: (seq, { attempts, notBefore, firstFailedAt }) =>
      delay.run(attempts, notBefore, notBefore, firstFailedAt, seq, attempts - 1).changes > 0,
    read: (lane, limit) => {
      const { processId, commandId } = readLane(lane);
      if (commandId !== undefined) return readOwn.all(processId, commandId);
      const tried = readTried(limit).all(processId);
      if (tried.length === limit) return tried;
      const untried = readUntried(limit).all(processId);
      return tried.length === 0 ? untried : [...tried, ...untried].slice(0, limit);
    },
    named: (processId, name) => named.all(processId, name, name),
    setParked: (processId, isParked) => {
      setParked.run(isParked ? 1 : 0, processId);
    },
    readParked: (processId) => parked.all(processId),
    ...createLookUps(database),
    lastSeq: () => lastSeq.get()!,
    countDue: (now, types) => new Map(countDue.all({ now, types: JSON.stringify(types) }).map(({ type, count }) => [type, count])),
    counts: (now) => counts.get(now)!,
  };
}

/** What is looked up whatever the turns of commands. No index serves what operators look for: they ask seldom, and it would cost each command. */
function createLookUps(database: Database): Pick<CommandQueue, "find" | "list" | "listBusy" | "scheduled"> {
  const list = database.prepare<[string], CommandRecord>(
    `SELECT ${commandColumns} FROM perdure_commands WHERE process_id = ? ORDER BY seq`,
  );
  const find = database.prepare<[string], CommandRecord>(`SELECT ${commandColumns} FROM perdure_commands WHERE command_id = ?`);
  const busy = database
    .prepare<[string], string>(
      `SELECT value FROM json_each(?) WHERE EXISTS (
        SELECT 1 FROM perdure_commands INDEXED BY perdure_commands_by_instance WHERE process_id = value AND parked = 0 AND lane IS NULL)`,
    )
    .pluck();
  return {
    find: (commandId) => find.get(commandId),
    list: (processId) => list.all(processId),
    listBusy: (processIds) => busy.all(JSON.stringify(processIds)),
    scheduled: ({ process, processId, type, aggregateId }, now, limit, after) => {
      const { where, values } = whereEqual({ process, process_id: processId, type, aggregate_id: aggregateId });
      return database
        .prepare<unknown[], CommandRecord>(
          `SELECT ${commandColumns} FROM perdure_commands
          WHERE ${where} AND due_at > ? AND attempts = 0 AND generation = 0 AND invocation IS NULL AND (due_at, seq) > (?, ?)
          ORDER BY due_at, seq LIMIT ?`,
        )
        .all(...values, now, after?.dueAt ?? Number.MIN_SAFE_INTEGER, after?.seq ?? 0, limit);
    },
  };
}

function prepareAdd(database: Database, more: string, values: string) {
  return database.prepare<Values>(`
    INSERT INTO perdure_commands (command_id, type, aggregate_id, payload, process, process_id, instance_aggregate_id, correlation_id, causation_id,
      dispatched_at, due_at, run_at, origin${more})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?${values})`);
}

/** The columns of a new command, in the order in which they are added. */
function toValues(command: NewCommand): Values {
  const { commandId, type, aggregateId, payload, process, processId, instanceAggregateId, dueAt } = command;
  const { correlationId, causationId, dispatchedAt, origin } = command;
  const named = [commandId, type, aggregateId, payload, process, processId, instanceAggregateId, correlationId, causationId];
  return [...named, dispatchedAt, dueAt, dueAt, origin];
}
