import type { Database } from "better-sqlite3";
import type { Counters } from "../counters.ts";

interface BacklogRow {
  readonly waiting: number;
  readonly parked: number;
  readonly oldestAcceptedAt: number | null;
  readonly unhandledEvents: number;
}

export function createCounters(database: Database): Counters {
  const addAccepted = database.prepare<[number]>("UPDATE counters SET value = value + ? WHERE name = 'accepted'");
  const accepted = database.prepare<[], number>("SELECT value FROM counters WHERE name = 'accepted'").pluck();
  // An event is parked when the open instance it would go to has failed.
  const backlog = database.prepare<[], BacklogRow>(`
    SELECT count(*) FILTER (WHERE NOT held) AS waiting, count(*) FILTER (WHERE held) AS parked,
      min(accepted_at) FILTER (WHERE NOT held) AS oldestAcceptedAt,
      count(DISTINCT position) FILTER (WHERE kind = 'event') AS unhandledEvents
    FROM (
      SELECT m.position, m.kind, e.accepted_at,
        m.kind = 'event' AND EXISTS (
          SELECT 1 FROM instances i
          WHERE i.process = m.process AND i.aggregate_id = m.aggregate_id AND i.ended_at IS NULL AND i.status = 'failed'
        ) AS held
      FROM mailbox m JOIN events e USING (position)
    )`);

  return {
    addAccepted: (count) => {
      addAccepted.run(count);
    },
    accepted: () => accepted.get()!,
    backlog: () => {
      const { oldestAcceptedAt, ...row } = backlog.get()!;
      return { ...row, oldestAcceptedAt: oldestAcceptedAt ?? undefined };
    },
  };
}
