import type { Database } from "./driver/database.ts";
import type { AwaitedDefinition, Counters } from "../counters.ts";
import { isKept, isParked } from "./statements.ts";
import { createLimitReports } from "./limit-reports.ts";
import { createRecount } from "./recount.ts";
import type { Tally } from "./tally.ts";

interface BacklogRow {
  readonly waiting: number;
  readonly parked: number;
  readonly oldestAcceptedAt: number | null;
  readonly unhandledEvents: number;
  readonly kept: number;
}

const ACCEPTED = "accepted";

const KNOWN = `known AS MATERIALIZED (
    SELECT value ->> '$.process' AS process, value ->> '$.type' AS type, value ->> '$.starts' AS starts,
      coalesce(value ->> '$.version', 1) AS version FROM json_each(@routes)),
  defined AS MATERIALIZED (SELECT process, max(version) AS version FROM known GROUP BY process),
  -- Instances of a newer version, which are few or none, and of which nothing is touched.
  newer AS MATERIALIZED (
    SELECT i.process_id, i.process, i.aggregate_id, i.ended_at
    FROM defined d CROSS JOIN perdure_instances i INDEXED BY perdure_instances_versions
      ON i.process = d.process AND i.version > 1 AND i.version > d.version)`;

/** Whether the instance with this id is of a newer version. */
const isNewer = (processId: string) => `${processId} IN (SELECT process_id FROM newer)`;

// Conditions on the event `e` of the mailbox row `m`, which say the same as `decideNextStep`.
const IS_AWAITED = `CASE
  WHEN EXISTS (SELECT 1 FROM perdure_instances i WHERE i.process = m.process AND i.aggregate_id = m.aggregate_id AND i.ended_at IS NULL
    AND coalesce(m.process_id, i.process_id) = i.process_id)
    THEN NOT EXISTS (SELECT 1 FROM known k WHERE k.process = m.process AND k.type = e.type)
  ELSE m.starts = 1 AND NOT EXISTS (SELECT 1 FROM known k WHERE k.process = m.process AND k.type = e.type AND k.starts)
  END`;

/** Whether the command of this alias is an attempt of a policy that the worker's definitions do not have. Only names of policies have a slash. */
const isAwaitedPolicy = (command: string) => `(instr(${command}.type, '/') > 0 AND ${command}.type NOT IN (SELECT process FROM defined))`;

export function createCounters(database: Database, tally: Tally): Counters {
  const backlog = database.prepare<[], BacklogRow>(`
    SELECT count(*) FILTER (WHERE NOT held AND NOT early) AS waiting, count(*) FILTER (WHERE held) AS parked,
      count(*) FILTER (WHERE early) AS kept, min(accepted_at) FILTER (WHERE NOT held AND NOT early) AS oldestAcceptedAt,
      count(DISTINCT position) FILTER (WHERE kind = 'event') AS unhandledEvents
    FROM (
      SELECT m.position, m.kind, e.accepted_at,
        ${isParked("m")} AS held, ${isKept("m")} AS early
      FROM perdure_mailbox m JOIN perdure_events e USING (position)
    )`);

  const waiting = database.prepare<[], number>("SELECT count(*) FROM perdure_mailbox").pluck();

  const countDue = database
    .prepare<[{ now: number; routes: string }], number>(
      `
      WITH ${KNOWN},
      -- From which entry on a mailbox waits for a retry or for another definition or version.
      held AS MATERIALIZED (
        SELECT m.process, m.aggregate_id, min(iif(m.kind = 'timer', 0, m.position)) AS position, m.not_before, m.first_failed_at
        FROM perdure_mailbox m JOIN defined USING (process) JOIN perdure_events e USING (position)
        -- A timer of the chart that has failed holds back all events.
        WHERE m.kind IN ('event', 'timer') AND (m.not_before > @now OR m.kind = 'event' AND ${IS_AWAITED}
          OR EXISTS (SELECT 1 FROM newer n WHERE n.process = m.process AND n.aggregate_id = m.aggregate_id AND n.ended_at IS NULL))
        GROUP BY m.process, m.aggregate_id
      )
      SELECT (
        SELECT count(*) FROM perdure_mailbox m JOIN defined USING (process) LEFT JOIN held h USING (process, aggregate_id)
        WHERE coalesce(m.not_before, @now) <= @now AND NOT ${isParked("m")} AND NOT (m.kind = 'event' AND m.position >= coalesce(h.position, m.position + 1))
          -- What has been tried comes before early events, whatever their positions.
          AND NOT (m.kept_until IS NOT NULL AND coalesce(h.not_before, @now) > @now)
          -- An early event is due when it goes. Where another waits, that one is due, and decides about it.
          AND NOT (${isKept("m")} AND (m.kept_until > @now OR EXISTS (
            SELECT 1 FROM perdure_mailbox o
            WHERE o.process = m.process AND o.aggregate_id = m.aggregate_id AND o.kind = 'event' AND o.kept_until IS NULL)))
          AND NOT (m.process_id IS NOT NULL AND ${isNewer("m.process_id")})
      ) + (
        SELECT count(*) FROM perdure_instances t INDEXED BY perdure_instances_due JOIN defined USING (process)
        WHERE t.status = 'started' AND t.due_at IS NOT NULL AND t.suspended IS NULL AND t.due_at <= @now AND NOT ${isNewer("t.process_id")}
          -- A retry beyond the deadline does not hold it up, unless its first attempt came only after the deadline.
          AND NOT EXISTS (
            SELECT 1 FROM held h JOIN perdure_mailbox m USING (process, aggregate_id) JOIN perdure_events e ON e.position = m.position
            WHERE h.process = t.process AND h.aggregate_id = t.aggregate_id 
              AND (coalesce(h.not_before, t.due_at) <= t.due_at OR h.first_failed_at >= t.due_at)
              AND m.kind IN ('event', 'timer') AND e.occurred_at < t.due_at)
      ) + (
        SELECT count(*) FROM perdure_timers t JOIN defined USING (process)
        WHERE t.due_at <= @now AND NOT ${isNewer("t.process_id")}
          -- What is held and occurred before it, or has been tried, comes first.
          AND NOT EXISTS (
            SELECT 1 FROM held h JOIN perdure_mailbox m USING (process, aggregate_id) JOIN perdure_events e ON e.position = m.position
            WHERE h.process = t.process AND h.aggregate_id = t.aggregate_id AND m.kind IN ('event', 'timer')
              AND (e.occurred_at < t.due_at OR m.attempts > 0 OR m.generation > 0))
      ) + (
        -- What waits although it was due has been tried, and is before all of its lane that have not been.
        SELECT count(*) FROM perdure_commands c WHERE c.parked = 0 AND c.run_at <= @now AND NOT ${isNewer("c.process_id")}
          AND NOT ${isAwaitedPolicy("c")} AND NOT EXISTS (
          SELECT 1 FROM perdure_commands h INDEXED BY perdure_commands_tried
          WHERE h.process_id = c.process_id AND h.lane IS NULL AND c.lane IS NULL AND h.attempts > 0 AND h.parked = 0 AND h.due_at <= @now AND h.run_at > @now
            AND (c.attempts = 0 OR (h.due_at, h.seq) < (c.due_at, c.seq)))
      ) + (SELECT count(*) FROM perdure_schedules WHERE due_at <= @now)
      + (
        SELECT count(*) FROM perdure_instances t INDEXED BY perdure_instances_discarded JOIN defined USING (process)
        WHERE t.discard_at IS NOT NULL AND t.suspended IS NULL AND t.discard_at <= @now AND NOT ${isNewer("t.process_id")}
      )`,
    )
    .pluck();

  return {
    countDue: (now, routes) => countDue.get({ now, routes: JSON.stringify(routes) })!,
    awaited: prepareAwaited(database),
    addAccepted: (count) => tally.add(ACCEPTED, count),
    accepted: () => tally.read(ACCEPTED)[0]?.value ?? 0,
    recount: createRecount(database),
    ...createLimitReports(database),
    waiting: () => waiting.get()!,
    backlog: () => {
      const { oldestAcceptedAt, ...row } = backlog.get()!;
      return { ...row, oldestAcceptedAt: oldestAcceptedAt ?? undefined };
    },
  };
}

function prepareAwaited(database: Database): Counters["awaited"] {
  const awaited = database.prepare<[{ routes: string }], Omit<AwaitedDefinition, "policy"> & { readonly isPolicy: number }>(`
    WITH ${KNOWN}
    SELECT m.process, e.type, count(*) AS count, min(e.accepted_at) AS oldestAcceptedAt, 0 AS isPolicy
    FROM perdure_mailbox m JOIN perdure_events e USING (position)
    WHERE m.kind = 'event' AND (m.process NOT IN (SELECT process FROM defined) OR ${IS_AWAITED})
    GROUP BY m.process, e.type
    UNION ALL
    SELECT c.type, c.payload ->> '$.type', count(*), min(c.dispatched_at), 1 FROM perdure_commands c WHERE ${isAwaitedPolicy("c")}
    GROUP BY c.type, c.payload ->> '$.type' ORDER BY 1, 2`);
  return (routes) =>
    awaited
      .all({ routes: JSON.stringify(routes) })
      .map(({ isPolicy, ...found }) => (isPolicy === 1 ? { ...found, policy: true as const } : found));
}
