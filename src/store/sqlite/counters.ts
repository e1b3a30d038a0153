import type { Database } from "better-sqlite3";
import type { Counters } from "../counters.ts";
import { isParked } from "./parked.ts";
import type { Tally } from "./tally.ts";

interface BacklogRow {
  readonly waiting: number;
  readonly parked: number;
  readonly oldestAcceptedAt: number | null;
  readonly unhandledEvents: number;
}

const ACCEPTED = "accepted";

export function createCounters(database: Database, tally: Tally): Counters {
  const backlog = database.prepare<[], BacklogRow>(`
    SELECT count(*) FILTER (WHERE NOT held) AS waiting, count(*) FILTER (WHERE held) AS parked,
      min(accepted_at) FILTER (WHERE NOT held) AS oldestAcceptedAt,
      count(DISTINCT position) FILTER (WHERE kind = 'event') AS unhandledEvents
    FROM (
      SELECT m.position, m.kind, e.accepted_at,
        ${isParked("m")} AS held
      FROM mailbox m JOIN events e USING (position)
    )`);

  const waiting = database.prepare<[], number>("SELECT count(*) FROM mailbox").pluck();

  const countDue = database
    .prepare<[{ now: number; processes: string }], number>(`
      WITH defined AS (SELECT value AS process FROM json_each(@processes))
      SELECT (
        SELECT count(*) FROM mailbox m JOIN defined USING (process)
        WHERE coalesce(m.not_before, @now) <= @now AND NOT ${isParked("m")}
          AND NOT (m.kind = 'event' AND EXISTS (
            SELECT 1 FROM mailbox h
            WHERE h.process = m.process AND h.aggregate_id = m.aggregate_id AND h.position < m.position AND h.not_before > @now))
      ) + (
        SELECT count(*) FROM instances t INDEXED BY instances_due JOIN defined USING (process)
        WHERE t.status = 'started' AND t.due_at IS NOT NULL AND t.due_at <= @now
      ) + (
        SELECT count(*) FROM commands c WHERE c.parked = 0 AND c.run_at <= @now AND NOT EXISTS (
          SELECT 1 FROM commands h
          WHERE h.process_id = c.process_id AND h.parked = 0 AND (h.attempts = 0, h.due_at, h.seq) < (c.attempts = 0, c.due_at, c.seq) AND h.run_at > @now AND h.due_at <= @now)
      )`)
    .pluck();

  return {
    countDue: (now, processes) => countDue.get({ now, processes: JSON.stringify(processes) })!,
    addAccepted: (count) => tally.add(ACCEPTED, count),
    accepted: () => tally.read(ACCEPTED)[0]?.value ?? 0,
    waiting: () => waiting.get()!,
    backlog: () => {
      const { oldestAcceptedAt, ...row } = backlog.get()!;
      return { ...row, oldestAcceptedAt: oldestAcceptedAt ?? undefined };
    },
  };
}
