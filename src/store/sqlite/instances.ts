import type { Database } from "./driver/database.ts";
import { statuses } from "../../definition/model/instance.ts";
import type { IndexedFilter, InstanceRecord, Instances } from "../instances.ts";
import { preparePlaces, prepareStates } from "./instance-places.ts";
import type { ChartTimers } from "./chart-timers.ts";
import { type ContextIndexWriter, encodeIndexed } from "./context-index.ts";
import { countInstance, countsAlike, readInstanceCounts, sumBy } from "./instance-counts.ts";
import { createInstanceVersions } from "./instance-versions.ts";
import type { Tally } from "./tally.ts";
import { memoize, type Values, whereEqual } from "./statements.ts";

/** The columns of an `InstanceRecord`. */
export const instanceColumns = `process_id AS processId, process, aggregate_id AS aggregateId, status, started_at AS startedAt, ended_at AS endedAt,
  updated_at AS updatedAt, due_at AS dueAt, revision, fingerprint, context, outcome, version, state, chart, suspended, discard_at AS discardAt`;

/** The rows that follow from those of the instances. */
interface Followers {
  readonly contextIndex: Pick<ContextIndexWriter, "replace">;
  readonly chartTimers: ChartTimers;
}

export function createInstances(database: Database, tally: Tally, { contextIndex, chartTimers }: Followers): Instances {
  const add = prepareAdd(database);
  const replace = prepareReplace(database);
  const get = database.prepare<[string], InstanceRecord>(`SELECT ${instanceColumns} FROM perdure_instances WHERE process_id = ?`);
  const findOpen = database.prepare<[string, string], InstanceRecord>(
    `SELECT ${instanceColumns} FROM perdure_instances WHERE process = ? AND aggregate_id = ? AND ended_at IS NULL`,
  );

  const open = database
    .prepare<[string, string], string>(
      `SELECT value FROM json_each(?) WHERE EXISTS (
        SELECT 1 FROM perdure_instances INDEXED BY perdure_instances_open WHERE process = ? AND aggregate_id = value AND ended_at IS NULL)`,
    )
    .pluck();

  const listPlaces = preparePlaces(database);
  const countStates = database.prepare<[string], { readonly state: string; readonly count: number }>(
    "SELECT state, count(*) AS count FROM perdure_instances WHERE process = ? AND state IS NOT NULL GROUP BY state ORDER BY state",
  );

  return {
    add: (instance) => {
      if (!add(instance)) return false;
      countInstance(tally, instance, 1);
      contextIndex.replace(undefined, instance);
      if (instance.chart !== null) chartTimers.replace(undefined, instance);
      return true;
    },
    replace: (before, instance) => {
      if (!replace(before, instance)) return false;
      if (!countsAlike(before, instance)) {
        countInstance(tally, before, -1);
        countInstance(tally, instance, 1);
      }
      if (instance.context !== before.context) contextIndex.replace(before, instance);
      const isAsBefore = instance.chart === before.chart && instance.status === before.status && instance.suspended === before.suspended;
      if (!isAsBefore) chartTimers.replace(before, instance);
      return true;
    },
    get: (processId) => get.get(processId),
    findOpen: ({ process, aggregateId }) => findOpen.get(process, aggregateId),
    listOpen: (process, aggregateIds) => open.all(JSON.stringify(aggregateIds), process),
    find: (filter, limit, before) => {
      const places =
        filter.states?.filter(({ process }) => filter.process === undefined || filter.process === process) ?? listPlaces(filter);
      if (places === undefined) return findRows(database, filter, limit, before);
      // Each place has its rows in order of number, so that a page costs as much as it holds.
      return places
        .flatMap((place) => findRows(database, { ...filter, ...place }, limit, before))
        .toSorted((one, other) => other.cursor - one.cursor)
        .slice(0, limit);
    },
    ...createInstanceVersions(database),
    states: prepareStates(database),
    countStates: (process) => countStates.all(process),
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

function prepareAdd(database: Database): (instance: InstanceRecord) => boolean {
  const columns = `process_id, process, aggregate_id, status, started_at, ended_at, updated_at, due_at, revision, fingerprint, context, outcome,
    version`;
  const prepare = (more: string, values: string) =>
    database.prepare<Values>(`INSERT INTO perdure_instances (${columns}${more})
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?${values}) ON CONFLICT (process_id) DO NOTHING`);
  const plain = prepare("", "");
  // Most instances have nothing of this at first, so that most cost no more for it.
  const special = prepare(", state, chart, suspended, discard_at", ", ?, ?, ?, ?");

  return (instance) => {
    const { processId, process, aggregateId, status, startedAt, endedAt, updatedAt, dueAt, revision, fingerprint } = instance;
    const told = [processId, process, aggregateId, status, startedAt, endedAt, updatedAt, dueAt, revision, fingerprint];
    const rest = [instance.context, instance.outcome, instance.version];
    const { state, chart, suspended, discardAt } = instance;
    const isPlain = state === null && suspended === null && discardAt === null;
    const { changes } = isPlain ? plain.run(...told, ...rest) : special.run(...told, ...rest, state, chart, suspended, discardAt);
    return changes > 0;
  };
}

// Columns that mostly change together, one bit for each group.
const STANDING = 1;
const CONTEXT = 2;
const VERSION = 4;
const CHART = 8;
const HELD = 16;
const GROUPS = [
  [STANDING, "status = ?, ended_at = ?, due_at = ?, outcome = ?, "],
  [CONTEXT, "context = ?, "],
  [VERSION, "version = ?, "],
  [CHART, "state = ?, chart = ?, "],
  [HELD, "suspended = ?, discard_at = ?, "],
] as const;

/**
 * Writes the columns of a row that have other values than before. SQLite writes an index again for each of its columns that a statement names,
 * whether the value is another or not.
 */
function prepareReplace(database: Database): (before: InstanceRecord, instance: InstanceRecord) => boolean {
  // By the groups of columns that change.
  const prepare = memoize((changing: number) => {
    const sets = GROUPS.flatMap(([group, columns]) => ((changing & group) === 0 ? [] : [columns])).join("");
    return database.prepare<Values>(
      `UPDATE perdure_instances SET ${sets}updated_at = ?, revision = ?, fingerprint = ? WHERE process_id = ? AND revision = ?`,
    );
  });

  return (before, instance) => {
    const values: (string | number | null)[] = [];
    let changing = 0;
    if (
      instance.status !== before.status ||
      instance.endedAt !== before.endedAt ||
      instance.dueAt !== before.dueAt ||
      instance.outcome !== before.outcome
    ) {
      changing |= STANDING;
      values.push(instance.status, instance.endedAt, instance.dueAt, instance.outcome);
    }
    if (instance.context !== before.context) {
      changing |= CONTEXT;
      values.push(instance.context);
    }
    if (instance.version !== before.version) {
      changing |= VERSION;
      values.push(instance.version);
    }
    if (instance.state !== before.state || instance.chart !== before.chart) {
      changing |= CHART;
      values.push(instance.state, instance.chart);
    }
    if (instance.suspended !== before.suspended || instance.discardAt !== before.discardAt) {
      changing |= HELD;
      values.push(instance.suspended, instance.discardAt);
    }
    values.push(instance.updatedAt, instance.revision, instance.fingerprint, instance.processId, before.revision);
    return prepare(changing).run(...values).changes > 0;
  };
}

type FoundRow = InstanceRecord & { readonly cursor: number };

function findRows(
  database: Database,
  filter: IndexedFilter & { readonly state?: string },
  limit: number,
  before: number | undefined,
): readonly FoundRow[] {
  const { where, values } = whereEqual({
    process: filter.process,
    state: filter.state,
    aggregate_id: filter.aggregateId,
    status: filter.status,
    outcome: filter.outcome,
  });
  const { from, values: wanted, number } = readSource(filter);
  const held = filter.suspended === undefined ? "" : `AND suspended IS ${filter.suspended ? "NOT " : ""}NULL`;
  return database
    .prepare<unknown[], FoundRow>(
      `SELECT number AS cursor, ${instanceColumns} FROM ${from} WHERE ${where} ${held} AND ${number} < ? ORDER BY ${number} DESC LIMIT ?`,
    )
    .all(...wanted, ...values, before ?? Number.MAX_SAFE_INTEGER, limit);
}

interface Source {
  readonly from: string;
  readonly values: Values;
  /** The instance's number, by whose order `from` is read. */
  readonly number: string;
}

/** SQLite does not know that few instances are in one state, and many have one status. */
function chooseIndex({ process, state, status, aggregateId, outcome, suspended }: IndexedFilter & { readonly state?: string }): string {
  if (aggregateId !== undefined || outcome !== undefined) return "";
  if (suspended === true) return " INDEXED BY perdure_instances_suspended";
  if (process === undefined) return "";
  if (state !== undefined) return " INDEXED BY perdure_instances_by_state";
  return status === undefined ? "" : " INDEXED BY perdure_instances_by_status";
}

/** Where instances are looked for: in all of them, or in those that have the values of the context that a filter asks for. */
function readSource(filter: IndexedFilter & { readonly state?: string }): Source {
  const { process, where } = filter;
  const wanted = Object.entries(where ?? {});
  if (wanted.length === 0) return { from: `perdure_instances${chooseIndex(filter)}`, values: [], number: "number" };
  const isIn = "process = ? AND key = ? AND value = ?";
  // The rows of the first key lie in order of their numbers, so a page costs as much as it holds.
  const others = wanted.slice(1).map(() => `AND number IN (SELECT number FROM perdure_context_index WHERE ${isIn} AND number = x.number)`);
  return {
    from: `(SELECT number AS found FROM perdure_context_index x WHERE ${isIn} ${others.join(" ")}) CROSS JOIN perdure_instances ON number = found`,
    // What the index cannot hold equals nothing.
    values: wanted.flatMap(([key, value]) => [process ?? null, key, encodeIndexed(value) ?? null]),
    number: "found",
  };
}
