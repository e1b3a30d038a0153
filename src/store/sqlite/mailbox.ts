import type { Database } from "better-sqlite3";
import type { StoredEvent } from "../events.ts";
import type { Mailbox, MailboxEntry, MailboxKey } from "../mailbox.ts";
import { selectEvents } from "./events.ts";
import { memoize, type Values } from "./statements.ts";

const ENTRY = `process, aggregate_id AS aggregateId, position, kind, process_id AS processId, attempts, not_before AS notBefore,
  first_failed_at AS firstFailedAt, generation, drained, starts, kept_until AS keptUntil`;

interface EntryRow extends Omit<MailboxEntry, "event" | "drained" | "starts"> {
  readonly position: number;
  readonly drained: number;
  readonly starts: number;
}

export function createMailbox(database: Database): Mailbox {
  const put = database.prepare<Values>(`
    INSERT INTO perdure_mailbox (process, aggregate_id, position, kind, process_id, generation, starts) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  // Most entries have neither of the two, so that most cost no more for them.
  const putSpecial = database.prepare<Values>(`
    INSERT INTO perdure_mailbox (process, aggregate_id, position, kind, process_id, generation, starts, kept_until, correlated)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const remove = database.prepare<[string, string, number]>(
    "DELETE FROM perdure_mailbox WHERE process = ? AND aggregate_id = ? AND position = ?",
  );
  const delay = database.prepare<[number, number, number, string, string, number, number]>(`
    UPDATE perdure_mailbox SET attempts = ?, not_before = ?, first_failed_at = ?
    WHERE process = ? AND aggregate_id = ? AND position = ? AND attempts = ?`);
  const markDrained = database.prepare<[string, string]>(
    "UPDATE perdure_mailbox SET drained = 1 WHERE process = ? AND aggregate_id = ? AND kind = 'event' AND generation = 0",
  );
  const prepareRead = (limit: number, condition: string, order: string) =>
    database.prepare<[string, string], EntryRow>(
      `SELECT ${ENTRY} FROM perdure_mailbox WHERE process = ? AND aggregate_id = ? AND ${condition} ORDER BY ${order} LIMIT ${limit}`,
    );
  const read = memoize((limit: number) => prepareRead(limit, "1", "position"));
  // Handler steps that can run come first, so that they are found however many others wait for a retry.
  const readSteps = memoize((limit: number) => prepareRead(limit, "kind <> 'event'", "coalesce(not_before, 0), position"));
  const readEvents = memoize((limit: number) => prepareRead(limit, "kind = 'event'", "position"));
  const readUnkept = memoize((limit: number) => prepareRead(limit, "kind = 'event' AND kept_until IS NULL", "position"));
  const eventAt = database.prepare<[number], StoredEvent>(`${selectEvents} WHERE position = ?`);
  const rowToEntry = ({ position, drained, starts, ...row }: EntryRow): MailboxEntry => ({
    ...row,
    event: eventAt.get(position)!,
    drained: drained === 1,
    starts: starts === 1,
  });
  const hasEventBefore = database
    .prepare<[string, string, number], number>(
      `
      SELECT 1 FROM perdure_mailbox m JOIN perdure_events e USING (position)
      WHERE m.process = ? AND m.aggregate_id = ? AND m.kind = 'event' AND e.occurred_at < ? LIMIT 1`,
    )
    .pluck();
  const keys = database.prepare<[string, string, number], MailboxKey>(`
    SELECT DISTINCT process, aggregate_id AS aggregateId FROM perdure_mailbox
    WHERE (aggregate_id, process) > (?, ?) ORDER BY aggregate_id, process LIMIT ?`);

  return {
    put: ({ process, aggregateId, position, kind, processId, generation, starts, keptUntil = null, correlated = false }) => {
      const values = [process, aggregateId, position, kind, processId, generation, starts ? 1 : 0] as const;
      if (keptUntil === null && !correlated) put.run(...values);
      else putSpecial.run(...values, keptUntil, correlated ? 1 : null);
    },
    remove: ({ process, aggregateId }, position) => remove.run(process, aggregateId, position).changes > 0,
    delay: ({ process, aggregateId }, position, { attempts, notBefore, firstFailedAt }) =>
      delay.run(attempts, notBefore, firstFailedAt, process, aggregateId, position, attempts - 1).changes > 0,
    markDrained: ({ process, aggregateId }) => {
      markDrained.run(process, aggregateId);
    },
    read: ({ process, aggregateId }, limit) => {
      const rows = read(limit).all(process, aggregateId);
      const isWhole = rows.length < limit;
      const steps = isWhole ? orderSteps(rows) : readSteps(limit).all(process, aggregateId);
      const events = isWhole ? rows.filter(({ kind }) => kind === "event") : readEvents(limit).all(process, aggregateId);
      const mayBeFirst = isWhole || !events.some(({ keptUntil }) => keptUntil !== null) ? [] : readUnkept(limit).all(process, aggregateId);
      const behind = mayBeFirst.filter(({ position }) => position > (events.at(-1)?.position ?? 0));
      return [...steps, ...events, ...behind].map(rowToEntry);
    },
    hasEventBefore: ({ process, aggregateId }, moment) => hasEventBefore.get(process, aggregateId, moment) !== undefined,
    keys: (after, limit) => keys.all(after?.aggregateId ?? "", after?.process ?? "", limit),
  };
}

/** The handler steps among rows that are in order of position, in the order that `readSteps` gives them. */
function orderSteps(rows: readonly EntryRow[]): readonly EntryRow[] {
  const steps = rows.filter(({ kind }) => kind !== "event");
  return steps.length < 2 ? steps : steps.toSorted((one, other) => (one.notBefore ?? 0) - (other.notBefore ?? 0));
}
