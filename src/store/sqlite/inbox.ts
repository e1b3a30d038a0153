import type { Database } from "./driver/database.ts";
import type { Inbox, InboxRow, NewInboxRow } from "../inbox.ts";
import { refuseBorrowed } from "./borrowed-connection.ts";
import { findOpenFiles } from "./open-files.ts";

// A text of more bytes might be longer than a string of Node can be. No limit of a payload is higher.
const MOST_BYTES = 128_000_000;
// How much is read at once, beside the first row.
const PAGE_BYTES = 4_000_000;
const EXCERPT = 1_000;

const OCTETS = ["event_id", "type", "aggregate_id", "payload", "occurred_at", "correlation_id", "causation_id", "traceparent", "routes"]
  .map((column) => `coalesce(length(CAST(${column} AS BLOB)), 0)`)
  .join(" + ");

// What a number of JavaScript cannot hold. Nobody but a program that gives its rows numbers of its own writes such a one.
const BEYOND = `number < ${Number.MIN_SAFE_INTEGER} OR number > ${Number.MAX_SAFE_INTEGER}`;

/** A moment with more digits than a number of JavaScript has, such as nanoseconds, is read as the text of its digits. */
function readWhole(column: string): string {
  if (column !== "occurred_at") return column;
  return `iif(typeof(occurred_at) = 'integer' AND occurred_at NOT BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}, CAST(occurred_at AS TEXT), occurred_at)`;
}

const select = (read: (column: string) => string, oversize: string) => `
  SELECT number, ${read("event_id")} AS eventId, ${read("type")} AS type, ${read("aggregate_id")} AS aggregateId, ${read("payload")} AS payload,
    ${read("occurred_at")} AS occurredAt, ${read("correlation_id")} AS correlationId, ${read("causation_id")} AS causationId, ${read("traceparent")} AS traceparent,
    ${read("routes")} AS routes,
    ${oversize} AS oversize
  FROM perdure_inbox WHERE number = ?`;

export interface InboxConnection {
  readonly isShared: boolean;
  /** Called before rows are added outside of a transaction. */
  readonly beforeBegin: () => void;
}

export function createInbox(database: Database, { isShared, beforeBegin }: InboxConnection): Inbox {
  const files = findOpenFiles(database);
  const insert = database.prepare<[NewInboxRow]>(`
    INSERT INTO perdure_inbox (event_id, type, aggregate_id, payload, occurred_at, correlation_id, causation_id, traceparent, routes)
    VALUES (@eventId, @type, @aggregateId, @payload, @occurredAt, @correlationId, @causationId, @traceparent, @routes)`);
  const insertAll = database.transaction((rows: readonly NewInboxRow[]) => {
    for (const row of rows) insert.run({ ...row, traceparent: row.traceparent ?? null, routes: row.routes ?? null });
  });
  const sizes = database.prepare<[number], { readonly number: number; readonly octets: number }>(
    `SELECT number, ${OCTETS} AS octets FROM perdure_inbox ORDER BY number LIMIT ?`,
  );
  const whole = database.prepare<[number], InboxRow>(select(readWhole, "NULL"));
  const excerpt = database.prepare<[number], InboxRow>(select((column) => `substr(${column}, 1, ${EXCERPT})`, OCTETS));
  const remove = database.prepare<[number]>("DELETE FROM perdure_inbox WHERE number = ?");
  const restore = database.prepare<[InboxRow]>(`
    INSERT INTO perdure_inbox (number, event_id, type, aggregate_id, payload, occurred_at, correlation_id, causation_id, traceparent, routes)
    VALUES (@number, @eventId, @type, @aggregateId, @payload, @occurredAt, @correlationId, @causationId, @traceparent, @routes)`);
  const isBeyond = database.prepare<[], number>(`SELECT 1 FROM perdure_inbox WHERE ${BEYOND} LIMIT 1`).pluck();
  // JavaScript would round such a number to that of another row. Those to come would have no number left behind the largest.
  const renumber = database.transaction(() => {
    const next = "(SELECT max(coalesce(max(number), 0), 0) + 1 FROM perdure_inbox WHERE NOT (" + BEYOND + "))";
    const move = database.prepare(
      `UPDATE perdure_inbox SET number = ${next} WHERE number = (SELECT min(number) FROM perdure_inbox WHERE ${BEYOND})`,
    );
    while (isBeyond.get() !== undefined) move.run();
    database.exec("UPDATE sqlite_sequence SET seq = (SELECT max(number) FROM perdure_inbox) WHERE name = 'perdure_inbox'");
  });
  const isThere = database.prepare<[], number>("SELECT 1 FROM perdure_inbox LIMIT 1").pluck();
  const count = database.prepare<[], number>("SELECT count(*) FROM perdure_inbox").pluck();

  return {
    isShared,
    add: (rows) => {
      if (database.open) files.checkBefore();
      if (database.inTransaction) return insertAll(rows);
      beforeBegin();
      insertAll(rows);
      files.check();
    },
    read: (limit) => {
      refuseBorrowed(database);
      if (isBeyond.get() !== undefined) renumber();
      let bytes = 0;
      const rows: InboxRow[] = [];
      for (const { number, octets } of sizes.all(limit)) {
        bytes += Math.min(octets, MOST_BYTES);
        if (rows.length > 0 && bytes > PAGE_BYTES) break;
        rows.push((octets > MOST_BYTES ? excerpt : whole).get(number)!);
      }
      return rows;
    },
    remove: (number) => remove.run(number).changes > 0,
    restore: ({ oversize: _oversize, traceparent = null, routes = null, ...row }) => {
      restore.run({ ...row, traceparent, routes } as InboxRow);
    },
    isEmpty: () => isThere.get() === undefined,
    count: () => count.get()!,
  };
}
