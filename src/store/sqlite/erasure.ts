import type { Database } from "./driver/database.ts";
import type { CommandRecord } from "../commands.ts";
import type { AggregateChoice, AggregateRows, AskedRow, Erasure, PlacedRecord, WaitingRow } from "../erasure.ts";
import type { StoredEvent } from "../events.ts";
import type { InboxRow } from "../inbox.ts";
import type { InstanceRecord } from "../instances.ts";
import { commandColumns } from "./commands.ts";
import type { ContextIndexWriter } from "./context-index.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { eventColumns } from "./events.ts";
import { instanceColumns } from "./instances.ts";
import { readSqliteCode } from "./sqlite-error.ts";
import { createTimers } from "./timers.ts";

// Statements are prepared when they are needed, because hardly any system ever erases anything.
export function createErasure(database: Database, contextIndex: Pick<ContextIndexWriter, "remove">): Erasure {
  return {
    read: (choice) => database.transaction(() => readRows(database, choice))(),
    write: ({ instances, journal, events, letters, requests }) => {
      const before = database.pragma("secure_delete", { simple: true }) as number;
      database.pragma("secure_delete = ON");
      try {
        // Without any context it would be found by the values that an instance has at first.
        const emptyInstance = database.prepare<[string]>(
          `UPDATE perdure_instances SET context = iif(context IS NULL, NULL, '{}'), chart = NULL, revision = revision + 1
          WHERE process_id = ? AND ended_at IS NOT NULL`,
        );
        for (const instance of instances) {
          contextIndex.remove(instance);
          emptyInstance.run(instance.processId);
        }
        const replaceEntry = database.prepare<[string, number]>("UPDATE perdure_journal SET data = ? WHERE seq = ?");
        for (const { seq, data } of journal) replaceEntry.run(data, seq);
        const emptyEvent = database.prepare<[number]>("UPDATE perdure_events SET payload = '{}' WHERE position = ?");
        for (const position of events) emptyEvent.run(position);
        const replaceLetter = database.prepare<[(typeof letters)[number]]>(`
          UPDATE perdure_dead_letters SET subject = @subject, error = @error, reason = @reason, retried_with = @retriedWith, handed_over = 0
          WHERE dead_letter_id = @deadLetterId`);
        for (const letter of letters) replaceLetter.run(letter);
        const removeRequest = database.prepare<[number]>("DELETE FROM perdure_requests WHERE id = ?");
        for (const id of requests) removeRequest.run(id);
      } finally {
        database.pragma(`secure_delete = ${before === 2 ? "FAST" : before}`);
      }
    },
    clean: (options) => clean(database, options),
  };
}

type Values = Readonly<Record<string, string | number | null>>;

function readRows(database: Database, { aggregateId, process }: AggregateChoice): AggregateRows {
  const all = <Row>(sql: string, values: Values) => database.prepare<[Values], Row>(sql).all(values);
  const { instances, children } = findInstances(database, { aggregateId, process });
  const isIn = (column: string, list: string) => `${column} IN (SELECT value FROM json_each(@${list}))`;
  const ids = instances.map(({ processId }) => processId);
  const keys = JSON.stringify([aggregateId, ...children]);
  const values = { ids: JSON.stringify(ids), keys, aggregateId, children: JSON.stringify(children), process: process ?? null };
  const isOfProcess = "(@process IS NULL OR process = @process)";

  const journal = all<PlacedRecord>(
    `SELECT seq, process_id AS processId, at, kind, data FROM perdure_journal WHERE ${isIn("process_id", "ids")} ORDER BY seq`,
    values,
  );
  const named = readNames(journal);
  // An event is the whole aggregate's. One process alone has had those that its journals name.
  const events = all<StoredEvent>(
    `SELECT ${eventColumns} FROM perdure_events
    WHERE ${isIn("aggregate_id", process === undefined ? "keys" : "children")} OR ${isIn("event_id", "named")} ORDER BY position`,
    { keys, children: values.children, named: JSON.stringify(named.events) },
  );
  const letterIds = all<{ readonly id: string }>(
    `SELECT dead_letter_id AS id FROM perdure_dead_letters
    WHERE ${isIn("process_id", "ids")} OR (${isIn("aggregate_id", "keys")} OR ${isIn("subject ->> '$.aggregateId'", "keys")}) AND ${isOfProcess}
    ORDER BY number`,
    values,
  ).map(({ id }) => id);
  const letters = createDeadLetters(database);
  return {
    instances,
    journal,
    events,
    waiting: all<WaitingRow>(
      `SELECT m.process, m.aggregate_id AS aggregateId, m.position, m.kind, m.payload, e.event_id AS eventId, e.type
      FROM perdure_mailbox m JOIN perdure_events e USING (position)
      WHERE m.aggregate_id = @aggregateId AND (@process IS NULL OR m.process = @process) OR ${isIn("m.aggregate_id", "children")}
        OR ${isIn("m.position", "positions")} ORDER BY m.position, m.process`,
      { ...values, positions: JSON.stringify(events.map(({ position }) => position)) },
    ),
    commands: all<CommandRecord>(
      `SELECT ${commandColumns} FROM perdure_commands
      WHERE ${isIn("process_id", "ids")} OR (${isIn("aggregate_id", "keys")} OR ${isIn("instance_aggregate_id", "keys")}) AND ${isOfProcess}
      ORDER BY seq`,
      values,
    ),
    letters: letterIds.map((id) => letters.get(id)!),
    inbox:
      process === undefined
        ? all<InboxRow>(
            `SELECT number, event_id AS eventId, type, aggregate_id AS aggregateId, payload, occurred_at AS occurredAt, correlation_id AS correlationId,
              causation_id AS causationId, traceparent, NULL AS oversize FROM perdure_inbox WHERE ${isIn("aggregate_id", "keys")} ORDER BY number`,
            values,
          )
        : [],
    timers: [{ aggregateId, process }, ...children.map((child) => ({ aggregateId: child }))].flatMap((key) =>
      createTimers(database).find(key, Number.MAX_SAFE_INTEGER),
    ),
    requests: all<Omit<AskedRow, "isAnswered"> & { readonly isAnswered: number }>(
      `SELECT id, requested_at AS requestedAt, answer IS NOT NULL AS isAnswered FROM perdure_requests WHERE ${isIn("target", "targets")}`,
      { targets: JSON.stringify([...ids, ...letterIds, ...named.commands]) },
    ).map((row) => ({ ...row, isAnswered: row.isAnswered === 1 })),
  };
}

/** The instances of an aggregate, and those that their charts have invoked, whose aggregates are named after them. */
function findInstances(database: Database, { aggregateId, process }: AggregateChoice) {
  const own = database.prepare<[string, string | null, string | null], InstanceRecord>(
    `SELECT ${instanceColumns} FROM perdure_instances WHERE aggregate_id = ? AND (? IS NULL OR process = ?) ORDER BY number`,
  );
  // `;` comes right after `:`, so that all that begins with the prefix lies between.
  const invoked = database.prepare<[object], string>(`
    SELECT aggregate_id FROM perdure_instances WHERE aggregate_id >= @prefix || ':' AND aggregate_id < @prefix || ';'
    UNION SELECT aggregate_id FROM perdure_mailbox WHERE aggregate_id >= @prefix || ':' AND aggregate_id < @prefix || ';'`);
  const instances = [...own.all(aggregateId, process ?? null, process ?? null)];
  const children: string[] = [];
  // What is found is looked at as well.
  for (const parent of instances) {
    for (const child of invoked.pluck().all({ prefix: `${parent.process}:${parent.processId}` }) as readonly string[]) {
      children.push(child);
      instances.push(...own.all(child, null, null));
    }
  }
  return { instances, children };
}

/** The events and commands that entries of the journal name. */
function readNames(journal: readonly PlacedRecord[]): { readonly events: readonly string[]; readonly commands: readonly string[] } {
  const facts = journal.map(({ data }) => JSON.parse(data) as { event?: { eventId: string }; command?: { commandId: string } });
  return {
    events: [...new Set(facts.flatMap(({ event }) => event?.eventId ?? []))],
    commands: [...new Set(facts.flatMap(({ command }) => command?.commandId ?? []))],
  };
}

function clean(database: Database, { vacuum, patienceMs }: Parameters<Erasure["clean"]>[0]): ReturnType<Erasure["clean"]> {
  // A program that has lent its connection may have a transaction open, in which neither can be done.
  if (database.inTransaction) return { log: true, freePages: true };
  const before = database.pragma("busy_timeout", { simple: true }) as number;
  database.pragma(`busy_timeout = ${patienceMs}`);
  try {
    const freePages = !(vacuum && attempt(() => database.exec("VACUUM")));
    const isEmpty = attempt(() => {
      const [row] = database.pragma("wal_checkpoint(TRUNCATE)") as readonly { readonly busy: number }[];
      return row?.busy === 0;
    });
    return { log: !isEmpty, freePages };
  } finally {
    database.pragma(`busy_timeout = ${before}`);
  }
}

/** Whether it could be done: `false` if somebody else reads or writes meanwhile, or the disk has no room for a second copy. */
function attempt(work: () => unknown): boolean {
  try {
    return work() !== false;
  } catch (error) {
    // `SQLITE_ERROR` is what SQLite says of a VACUUM beside a statement of the same connection.
    if (/^SQLITE_(?:BUSY|LOCKED|ERROR|FULL)/.test(readSqliteCode(error))) return false;
    throw error;
  }
}
