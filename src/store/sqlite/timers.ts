import type { Database } from "./driver/database.ts";
import { LANE_SEPARATOR, UNOWNED, UNOWNED_OWN } from "../../definition/model/lane.ts";
import {
  type TimerCursor,
  type TimerFilter,
  type TimerKind,
  timerKinds,
  type TimerPlace,
  type TimerRecord,
  type TimerRecords,
} from "../timers.ts";
import { nameTimerRow } from "./chart-timers.ts";
import { isKept, isParked, whereEqual } from "./statements.ts";

/** Which table has the moments of one kind, and under which condition they count. */
interface Source {
  readonly from: string;
  /** The index that has the moments in order, where SQLite has to be told. */
  readonly index?: string;
  readonly dueAt: string;
  readonly id: string;
  readonly processId: string;
  readonly aggregateId: string;
  readonly command: string;
  readonly lane: string;
  readonly name: string;
  readonly counts: string;
}

const INSTANCE_OF_RETRY = `(SELECT i.process_id FROM perdure_instances i
  WHERE i.process = t.process AND i.aggregate_id = t.aggregate_id AND i.ended_at IS NULL)`;

// One event can wait for several processes and, where it is correlated, for several keys, so the position alone would not name the entry.
const ENTRY_ID = "printf('%019d %s %s', t.position, t.process, t.aggregate_id)";

const sources: Readonly<Record<TimerKind, Source>> = {
  timeout: {
    from: "perdure_instances t",
    // Without this hint, SQLite takes the index on the status and sorts, because the file has no statistics.
    index: "perdure_instances_due",
    dueAt: "t.due_at",
    id: "t.process_id",
    processId: "t.process_id",
    aggregateId: "t.aggregate_id",
    command: "NULL",
    lane: "NULL",
    name: "NULL",
    counts: "t.status = 'started' AND t.due_at IS NOT NULL AND t.suspended IS NULL",
  },
  after: {
    from: "perdure_timers t",
    dueAt: "t.due_at",
    id: "t.id",
    processId: "t.process_id",
    aggregateId: "t.aggregate_id",
    command: "NULL",
    lane: "NULL",
    name: "substr(t.id, length(t.process_id) + 2)",
    counts: "1",
  },
  command: {
    from: "perdure_commands t",
    dueAt: "t.run_at",
    id: "t.seq",
    processId: "t.process_id",
    aggregateId: "t.aggregate_id",
    command: "t.type",
    // As `laneOf` says it.
    lane: `CASE WHEN t.lane IS NULL THEN t.process_id
      WHEN substr(t.process_id, 1, 1) <> '${UNOWNED}' THEN t.process_id || '${LANE_SEPARATOR}' || t.command_id
      ELSE '${UNOWNED_OWN}' || substr(t.process_id, 2) || '${LANE_SEPARATOR}' || replace(replace(t.command_id, '%', '%25'), ' ', '%20') END`,
    name: "NULL",
    counts: "t.parked = 0",
  },
  retry: {
    from: "perdure_mailbox t",
    dueAt: "t.not_before",
    id: ENTRY_ID,
    processId: `coalesce(t.process_id, ${INSTANCE_OF_RETRY})`,
    aggregateId: "t.aggregate_id",
    command: "NULL",
    lane: "NULL",
    name: "NULL",
    counts: "t.not_before IS NOT NULL",
  },
  kept: {
    from: "perdure_mailbox t",
    index: "perdure_mailbox_kept",
    dueAt: "t.kept_until",
    id: ENTRY_ID,
    processId: "NULL",
    aggregateId: "t.aggregate_id",
    command: "NULL",
    lane: "NULL",
    name: "NULL",
    counts: isKept("t"),
  },
  schedule: {
    from: "(SELECT schedule AS process, due_at, cron, time_zone FROM perdure_schedules) t",
    dueAt: "t.due_at",
    id: "t.process",
    processId: "NULL",
    aggregateId: "''",
    command: "NULL",
    lane: "NULL",
    name: "t.cron || ' ' || t.time_zone",
    counts: "t.due_at IS NOT NULL",
  },
  discard: {
    from: "perdure_instances t",
    index: "perdure_instances_discarded",
    dueAt: "t.discard_at",
    id: "t.process_id",
    processId: "t.process_id",
    aggregateId: "t.aggregate_id",
    command: "NULL",
    lane: "NULL",
    name: "NULL",
    counts: "t.discard_at IS NOT NULL AND t.suspended IS NULL",
  },
};

export function createTimers(database: Database): TimerRecords {
  const due = Object.fromEntries(
    timerKinds.map((kind) => {
      const { dueAt, id } = sources[kind];
      const select = selectTimers(kind, `(${dueAt}, ${id}) > (?, ?) AND ${dueAt} <= ? ORDER BY ${dueAt}, ${id} LIMIT ?`);
      return [kind, database.prepare<[number, string | number, number, number], TimerRecord>(select)];
    }),
  );
  const next = timerKinds.map((kind) => {
    const { dueAt, counts } = sources[kind];
    return database
      .prepare<[number], number>(`SELECT ${dueAt} FROM ${inOrder(kind)} WHERE ${counts} AND ${dueAt} > ? ORDER BY ${dueAt} LIMIT 1`)
      .pluck();
  });
  const overdue = timerKinds.map((kind) => {
    const { dueAt, counts } = sources[kind];
    const parked = kind === "retry" ? `AND NOT ${isParked("t")}` : "";
    // A command runs without a definition of its process, unless it is an attempt of a policy.
    const needsNone = kind === "command" ? "instr(t.type, '/') = 0 OR" : "";
    const isOfProcesses = `AND (@processes IS NULL OR ${needsNone} t.process IN (SELECT value FROM json_each(@processes)))`;
    const ofProcesses = kind === "schedule" ? "" : isOfProcesses;
    return database
      .prepare<[{ now: number; processes: string | null }], number>(
        `SELECT count(*) FROM ${inOrder(kind)} WHERE ${counts} AND ${dueAt} <= @now ${parked} ${ofProcesses}`,
      )
      .pluck();
  });

  return {
    due: (kind, after, upTo, limit) => {
      const from: TimerCursor = after ?? { dueAt: Number.MIN_SAFE_INTEGER, id: "" };
      return due[kind]!.all(from.dueAt, from.id, upTo, limit);
    },
    nextDueAt: (moment) => {
      const moments = next.map((statement) => statement.get(moment)).filter((found) => found !== undefined);
      return moments.length === 0 ? undefined : Math.min(...moments);
    },
    find: (filter, limit, after) => {
      const kinds = timerKinds.filter((kind) => filter.kind === undefined || filter.kind === kind);
      return kinds
        .flatMap((kind) => findOfKind(database, kind, filter, { limit, after }))
        .toSorted((a, b) => a.dueAt - b.dueAt)
        .slice(0, limit);
    },
    countOverdue: (now, processes) => {
      const values = { now, processes: processes === undefined ? null : JSON.stringify(processes) };
      return overdue.reduce((sum, statement) => sum + statement.get(values)!, 0);
    },
  };
}

function findOfKind(
  database: Database,
  kind: TimerKind,
  filter: TimerFilter,
  { limit, after }: { readonly limit: number; readonly after: TimerPlace | undefined },
): TimerRecord[] {
  const { from, dueAt, id, processId, aggregateId } = sources[kind];
  const { where, values } = whereEqual({ "t.process": filter.process, [aggregateId]: filter.aggregateId, [processId]: filter.processId });
  const narrow = kind === "after" && filter.processId !== undefined ? TIMERS_OF_INSTANCE : undefined;
  const parked = kind === "retry" ? `AND NOT ${isParked("t")}` : "";
  const behind = whereBehind(kind, after);
  return database
    .prepare<unknown[], TimerRecord>(
      selectTimers(
        kind,
        `${where} ${narrow ?? ""} ${parked} AND ${behind.where} ORDER BY ${dueAt}, ${id} LIMIT ?`,
        // One instance is found by its id. The index of the moments would be gone through to its end.
        filter.processId === undefined ? inOrder(kind) : from,
      ),
    )
    .all(
      ...values,
      ...(narrow === undefined ? [] : [nameTimerRow(filter.processId!, ""), `${filter.processId}!`]),
      ...behind.values,
      limit,
    );
}

// All names of its timers begin with its id and a space, and "!" is the character that follows the space.
const TIMERS_OF_INSTANCE = "AND t.id > ? AND t.id < ?";

/** An SQL condition: the timers of one kind that come after a place among the timers of all kinds. */
function whereBehind(
  kind: TimerKind,
  after: TimerPlace | undefined,
): { readonly where: string; readonly values: readonly (string | number)[] } {
  if (after === undefined) return { where: "1", values: [] };
  const { dueAt, id } = sources[kind];
  if (kind === after.kind) return { where: `(${dueAt}, ${id}) > (?, ?)`, values: [after.dueAt, after.id] };
  // At one moment, the kinds come one after the other.
  const comparison = timerKinds.indexOf(kind) < timerKinds.indexOf(after.kind) ? ">" : ">=";
  return { where: `${dueAt} ${comparison} ?`, values: [after.dueAt] };
}

/** The table of a kind, read by the index of its moments where SQLite has to be told. */
function inOrder(kind: TimerKind): string {
  const { from, index } = sources[kind];
  return index === undefined ? from : `${from} INDEXED BY ${index}`;
}

function selectTimers(kind: TimerKind, rest: string, from = inOrder(kind)): string {
  const { dueAt, id, processId, aggregateId, command, lane, name, counts } = sources[kind];
  return `SELECT '${kind}' AS kind, ${dueAt} AS dueAt, ${id} AS id, ${processId} AS processId, t.process,
    ${aggregateId} AS aggregateId, ${command} AS command, ${lane} AS lane, ${name} AS name FROM ${from} WHERE ${counts} AND ${rest}`;
}
