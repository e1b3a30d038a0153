import type { Database } from "./driver/database.ts";

/** The counter that is 1 until the others have been counted anew. */
const TO_RECOUNT = "to recount";

interface Row {
  readonly name: string;
  readonly value: number;
}

/**
 * Marks the counters as unreliable, because versions that count differently, or not at all, may have written to the file beside the version
 * that upgraded it.
 */
export function recountLater(database: Database): void {
  database
    .prepare<[string]>("INSERT INTO perdure_counters (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = 1")
    .run(TO_RECOUNT);
}

/** Counts anew, if the counters are marked, which reads whole tables. Returns whether one of the counters was wrong. */
export function createRecount(database: Database): () => boolean {
  const remove = database.prepare<[string]>("DELETE FROM perdure_counters WHERE name = ?");
  const write = database.prepare<[Row]>(
    "INSERT INTO perdure_counters (name, value) VALUES (@name, @value) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  );
  const stored = database.prepare<[], Row>(`
    SELECT name, value FROM perdure_counters WHERE value <> 0 AND (name = 'accepted' OR name LIKE 'instances' || char(10) || '%') ORDER BY name`);
  // Accepted events are pruned, so a count of those that are there can only be too low.
  const counted = database.prepare<[], Row>(`
    SELECT 'instances' || char(10) || process || char(10) || status || char(10) || iif(ended_at IS NULL, 'open', 'ended') || char(10) || fingerprint AS name,
      count(*) AS value
    FROM perdure_instances GROUP BY 1
    UNION ALL
    SELECT * FROM (
      SELECT 'accepted', max((SELECT count(*) FROM perdure_events), coalesce((SELECT value FROM perdure_counters WHERE name = 'accepted'), 0)) AS value
    ) WHERE value <> 0
    ORDER BY name`);

  return () => {
    if (remove.run(TO_RECOUNT).changes === 0) return false;
    const [wrong, right] = [stored.all(), counted.all()];
    for (const { name } of wrong) remove.run(name);
    for (const row of right) write.run(row);
    return JSON.stringify(wrong) !== JSON.stringify(right);
  };
}
