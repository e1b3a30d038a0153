import type { Database } from "better-sqlite3";

/** Each is a query for rows that must not be there, whenever the file is looked at. */
const violations: Readonly<Record<string, string>> = {
  "an order has not exactly one event, in the inbox or accepted": `
    SELECT id FROM orders o WHERE 1 <> (SELECT count(*) FROM perdure_inbox WHERE type = 'OrderPlaced' AND aggregate_id = o.id)
      + (SELECT count(*) FROM perdure_events WHERE type = 'OrderPlaced' AND aggregate_id = o.id)`,
  "a row of the inbox is without its order": "SELECT aggregate_id FROM perdure_inbox WHERE aggregate_id NOT IN (SELECT id FROM orders)",
  "an event is without its order": "SELECT aggregate_id FROM perdure_events WHERE aggregate_id NOT IN (SELECT id FROM orders)",
  "an order whose transaction failed is there": "SELECT id FROM orders WHERE id LIKE 'no-%'",
  // Both are there where the first attempt has ended its worker: the instance has begun, and its event waits for another attempt.
  "an event has neither an instance nor waits for it, or has several": `
    SELECT aggregate_id FROM (
      SELECT e.aggregate_id, (SELECT count(*) FROM perdure_instances i WHERE i.aggregate_id = e.aggregate_id) AS instances,
        (SELECT count(*) FROM perdure_mailbox m WHERE m.position = e.position) AS waiting
      FROM perdure_events e WHERE type = 'OrderPlaced')
    WHERE instances > 1 OR instances + waiting = 0`,
  "a command has more than one effect": "SELECT order_id FROM effects GROUP BY command_id HAVING count(*) > 1",
  "an order has more than one effect": "SELECT order_id FROM effects GROUP BY order_id HAVING count(*) > 1",
  "an effect is without the settlement of its command": `
    SELECT order_id FROM effects e WHERE 1 <> (SELECT count(*) FROM perdure_journal WHERE kind = 'command_handled' AND data ->> '$.command.commandId' = e.command_id)`,
  "a command was settled without its effect": `
    SELECT data ->> '$.command.commandId' FROM perdure_journal j WHERE kind = 'command_handled'
      AND NOT EXISTS (SELECT 1 FROM effects WHERE command_id = j.data ->> '$.command.commandId')`,
  "a command is to be done whose effect is there":
    "SELECT command_id FROM perdure_commands WHERE command_id IN (SELECT command_id FROM effects)",
  "an effect has not exactly one event that tells of it": `
    SELECT order_id FROM effects e WHERE 1 <> (SELECT count(*) FROM perdure_events WHERE type = 'OrderBooked' AND causation_id = e.command_id)`,
  "something is a dead letter": "SELECT error FROM perdure_dead_letters",
};

/** What does not agree among orders, effects, journal and inbox, as of one moment. */
export function checkShop(database: Database): readonly string[] {
  // Before the first transaction of the first process there may be no table.
  const tables = database.prepare("SELECT count(*) FROM sqlite_schema WHERE name IN ('orders', 'effects', 'perdure_inbox')").pluck().get();
  if (tables !== 3) return [];
  return database.transaction(() =>
    Object.entries(violations).flatMap(([what, query]) => {
      const found = database.prepare(query).pluck().all();
      return found.length === 0 ? [] : [`${what}: ${found.slice(0, 5).join(", ")} (${found.length})`];
    }),
  )();
}

/** What is left to do, or was not done, at the end. */
export function checkEnd(database: Database, orders: number): readonly string[] {
  const expected: Readonly<Record<string, number>> = {
    "SELECT count(*) FROM orders": orders,
    "SELECT count(*) FROM effects": orders,
    "SELECT count(*) FROM perdure_instances WHERE status = 'completed'": orders,
    "SELECT count(*) FROM perdure_inbox": 0,
    "SELECT count(*) FROM perdure_commands": 0,
    "SELECT count(*) FROM perdure_mailbox": 0,
  };
  return Object.entries(expected).flatMap(([query, count]) => {
    const found = database.prepare(query).pluck().get();
    return found === count ? [] : [`${query}: ${String(found)}, not ${count}`];
  });
}
