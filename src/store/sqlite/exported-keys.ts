import type { Database } from "./driver/database.ts";
import { UNOWNED } from "../../definition/model/lane.ts";
import { invocationEventType, shortProcessName } from "../../definition/model/names.ts";
import type { CommandRecord } from "../commands.ts";
import type { DeadLetterRecord } from "../dead-letters.ts";
import type { ExportedFacts, ExportedKey, ExportedWish } from "../exported-key.ts";
import type { InstanceRecord } from "../instances.ts";
import type { LeaseRecord } from "../lease.ts";
import type { MailboxKey } from "../mailbox.ts";
import { commandColumns, createCommands } from "./commands.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { createPositions } from "./positions.ts";
import { createEvents } from "./events.ts";
import { instanceColumns } from "./instances.ts";
import { createJournal } from "./journal.ts";
import { findForeignVersion } from "./foreign-version.ts";
import { createLease } from "./lease.ts";
import { createMailbox } from "./mailbox.ts";
import { type DatabaseOptions, openDatabase } from "./open-database.ts";
import { createRoutes } from "./routes.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { translateErrors, translateSqliteError } from "./sqlite-error.ts";

/** All keys of a file as of one moment, one after the other. */
export interface ExportedKeys {
  readonly lease: LeaseRecord | undefined;
  /** How many retries and discards of dead letters an operator has asked for that no worker has carried out. */
  readonly openRequests: number;
  /** How many commands that belong to no instance wait, with the policies that are still to run, and how many of their dead letters are open. */
  readonly unowned: number;
  /** How many rows of the inbox no worker has taken. */
  readonly inboxRows: number;
  /** The processes of which anything is there, and those that a worker has known, in order. */
  processes(): readonly string[];
  /** The policies that the last worker has known. An export has nothing of them. */
  policies(): readonly string[];
  /** Finds the keys, which reads the file once. */
  find(wish: ExportedWish): ExportedFacts;
  /** The keys that were found, in order of aggregate and process. One at a time is in memory. */
  read(): Generator<ExportedKey>;
  /** Ends the moment. Returns whether anybody has written to the file since it began. */
  end(): boolean;
  close(): void;
}

/** @throws ProcessError as opening a store does */
export function openExportedKeys(options: DatabaseOptions): ExportedKeys {
  const database = openDatabase(options);
  try {
    return prepareExport(database);
  } catch (error) {
    database.close();
    throw translateSqliteError(error, options.path);
  }
}

function prepareExport(database: Database): ExportedKeys {
  // What is found of 100,000 keys is not to be in memory either.
  database.pragma("temp_store = FILE");
  database.exec(FOUND_TABLES);
  const { read: readVersion } = findForeignVersion(database);
  const openRequests = database
    .prepare<[], number>("SELECT count(*) FROM perdure_requests WHERE answer IS NULL AND target IS NOT NULL")
    .pluck();
  const unowned = database
    .prepare<[], number>(
      `SELECT (SELECT count(*) FROM perdure_commands WHERE ${isUnowned("process_id")})
        + (SELECT count(*) FROM perdure_dead_letters WHERE status = 'open' AND ${IS_UNOWNED_LETTER})`,
    )
    .pluck();
  let wish: ExportedWish | undefined;
  // From its first read on, a transaction sees the file as it was then.
  database.exec("BEGIN");
  const lease = createLease(database).read();
  const version = readVersion();
  return {
    lease,
    openRequests: openRequests.get()!,
    unowned: unowned.get()!,
    inboxRows: database.prepare<[], number>("SELECT count(*) FROM perdure_inbox").pluck().get()!,
    ...translateErrors(
      {
        processes: () =>
          database
            .prepare<[], string>(
              `SELECT process FROM perdure_instances UNION SELECT process FROM perdure_mailbox
              UNION SELECT process FROM perdure_dead_letters WHERE NOT ${IS_UNOWNED_LETTER}
              UNION SELECT process FROM perdure_routes WHERE policy = 0 ORDER BY 1`,
            )
            .pluck()
            .all(),
        policies: () =>
          database.prepare<[], string>("SELECT DISTINCT process FROM perdure_routes WHERE policy = 1 ORDER BY 1").pluck().all(),
        find: (wanted: ExportedWish) => {
          wish = wanted;
          findKeys(database, wanted);
          return readFacts(database);
        },
        end: () => {
          database.exec("COMMIT");
          return readVersion() !== version;
        },
      },
      database.name,
    ),
    read: function* () {
      try {
        if (wish !== undefined) yield* readKeys(database, wish);
      } catch (error) {
        throw translateSqliteError(error, database.name);
      }
    },
    close: () => void database.close(),
  };
}

/** Whether a command belongs to no instance. */
const isUnowned = (processId: string) => `substr(${processId}, 1, 1) = '${UNOWNED}'`;

const IS_UNOWNED_LETTER = "(kind IN ('policy', 'inbox') OR kind = 'command' AND process_id = '')";

const FOUND_TABLES = `
  CREATE TEMP TABLE found_keys (aggregate_id TEXT NOT NULL, process TEXT NOT NULL, PRIMARY KEY (aggregate_id, process)) STRICT, WITHOUT ROWID;
  CREATE TEMP TABLE found_seen (
    aggregate_id TEXT NOT NULL, process TEXT NOT NULL, event_id TEXT NOT NULL, accepted_at INTEGER NOT NULL,
    PRIMARY KEY (aggregate_id, process, event_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TEMP TABLE found_letters (
    aggregate_id TEXT NOT NULL, process TEXT NOT NULL, number INTEGER NOT NULL, dead_letter_id TEXT NOT NULL,
    PRIMARY KEY (aggregate_id, process, number)
  ) STRICT, WITHOUT ROWID;`;

// The file has no index by key of most of this, so that each table is read once, and what a key needs of it is written down in order.
function findKeys(database: Database, { processes, isEndedWanted, seenSince }: ExportedWish): void {
  // A result that a chart waits for is nobody's to dispatch again.
  const routes = createRoutes(database)
    .read()
    .filter(({ type, process, policy }) => policy !== true && type !== invocationEventType(shortProcessName(process)));
  const values = {
    processes: processes === undefined ? null : JSON.stringify(processes),
    isEndedWanted: isEndedWanted ? 1 : 0,
    seenSince,
    routes: JSON.stringify(routes.map(({ type, process, correlated = false }) => ({ type, process, correlated }))),
  };
  const isWanted = (process: string) => `(@processes IS NULL OR ${process} IN (SELECT value FROM json_each(@processes)))`;
  const insert = (table: string, select: string) => database.prepare<[object]>(`INSERT OR IGNORE INTO ${table} ${select}`).run(values);
  const route = (name: string) => `json_extract(r.value, '$.${name}')`;

  insert(
    "found_seen",
    `SELECT e.aggregate_id, ${route("process")}, e.event_id, e.accepted_at
    FROM perdure_events e JOIN json_each(@routes) r ON ${route("type")} = e.type
    WHERE e.accepted_at >= @seenSince AND NOT ${route("correlated")} AND ${isWanted(route("process"))}`,
  );
  // Where a correlated event has gone to is told by those that have handled it, and by what still waits.
  insert(
    "found_seen",
    `SELECT i.aggregate_id, i.process, json_extract(j.data, '$.event.eventId'), j.at
    FROM perdure_instances i CROSS JOIN perdure_journal j USING (process_id)
    WHERE i.process IN (SELECT ${route("process")} FROM json_each(@routes) r WHERE ${route("correlated")})
      AND j.at >= @seenSince AND json_extract(j.data, '$.event.eventId') IS NOT NULL AND ${isWanted("i.process")}`,
  );
  insert(
    "found_seen",
    `SELECT m.aggregate_id, m.process, e.event_id, e.accepted_at
    FROM perdure_mailbox m CROSS JOIN perdure_events e USING (position) WHERE m.kind = 'event' AND ${isWanted("m.process")}`,
  );
  insert(
    "found_seen",
    `SELECT aggregate_id, process, json_extract(subject, '$.eventId'), json_extract(subject, '$.acceptedAt')
    FROM perdure_dead_letters WHERE status = 'open' AND kind IN ('event', 'correlation') AND ${isWanted("process")}`,
  );
  insert(
    "found_letters",
    `SELECT aggregate_id, process, number, dead_letter_id FROM perdure_dead_letters WHERE NOT ${IS_UNOWNED_LETTER} AND ${isWanted("process")}`,
  );
  for (const keys of [
    `SELECT aggregate_id, process FROM perdure_instances WHERE (ended_at IS NULL OR @isEndedWanted)`,
    `SELECT aggregate_id, process FROM perdure_mailbox WHERE 1`,
    `SELECT instance_aggregate_id, process FROM perdure_commands WHERE NOT ${isUnowned("process_id")}`,
    `SELECT aggregate_id, process FROM perdure_dead_letters WHERE NOT ${IS_UNOWNED_LETTER} AND (status = 'open' OR @isEndedWanted)`,
    `SELECT DISTINCT aggregate_id, process FROM found_seen WHERE 1`,
  ]) {
    insert("found_keys", `${keys} AND ${isWanted("process")}`);
  }
}

function readFacts(database: Database): ExportedFacts {
  const events = createEvents(database, createPositions(database));
  const unkeyedUpTo = events.unkeyedUpTo();
  return {
    schema: SCHEMA_VERSION,
    unkeyedUpTo,
    lastPosition: Math.max(events.lastPosition(), unkeyedUpTo),
    // The sequence knows of commands that are gone, which a dead letter may bring back.
    lastSeq:
      database.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'perdure_commands'").pluck().get() ??
      createCommands(database).lastSeq(),
    processes: database
      .prepare<[], { process: string; keys: number }>("SELECT process, count(*) AS keys FROM found_keys GROUP BY process ORDER BY process")
      .all(),
  };
}

const PAGE = 500;

function* readKeys(database: Database, wish: ExportedWish): Generator<ExportedKey> {
  const readKey = prepareKey(database, wish);
  const page = database.prepare<[string, string], MailboxKey>(`
    SELECT process, aggregate_id AS aggregateId FROM found_keys WHERE (aggregate_id, process) > (?, ?)
    ORDER BY aggregate_id, process LIMIT ${PAGE}`);
  let last: MailboxKey = { aggregateId: "", process: "" };
  for (;;) {
    const keys = page.all(last.aggregateId, last.process);
    for (const key of keys) yield readKey(key);
    if (keys.length < PAGE) return;
    last = keys.at(-1)!;
  }
}

function prepareKey(database: Database, { isEndedWanted, isJournalWanted }: ExportedWish): (key: MailboxKey) => ExportedKey {
  const mailbox = createMailbox(database);
  const journal = createJournal(database);
  const deadLetters = createDeadLetters(database);
  const instances = database.prepare<[object], InstanceRecord>(`
    SELECT ${instanceColumns} FROM perdure_instances i WHERE i.aggregate_id = @aggregateId AND i.process = @process
      AND (i.ended_at IS NULL OR @isEndedWanted
        OR EXISTS (SELECT 1 FROM perdure_commands c WHERE c.process_id = i.process_id)
        OR EXISTS (SELECT 1 FROM perdure_dead_letters d WHERE d.process_id = i.process_id AND d.status = 'open')
        OR EXISTS (SELECT 1 FROM perdure_mailbox m
          WHERE m.aggregate_id = i.aggregate_id AND m.process = i.process AND m.process_id = i.process_id))
    ORDER BY i.number`);
  const commands = database.prepare<[string], CommandRecord & { parked: number }>(
    `SELECT parked, ${commandColumns} FROM perdure_commands WHERE process_id = ? ORDER BY seq`,
  );
  const letters = database
    .prepare<[object], string>(
      "SELECT dead_letter_id FROM found_letters WHERE aggregate_id = @aggregateId AND process = @process ORDER BY number",
    )
    .pluck();
  const seen = database.prepare<[object], ExportedKey["seen"][number]>(`
    SELECT event_id AS eventId, accepted_at AS acceptedAt FROM found_seen WHERE aggregate_id = @aggregateId AND process = @process
    ORDER BY accepted_at, event_id`);
  const findParent = prepareParent(database);

  return (key) => {
    const rows = instances.all({ ...key, isEndedWanted: isEndedWanted ? 1 : 0 });
    const processIds = new Set(rows.map(({ processId }) => processId));
    const isWanted = ({ processId, status }: DeadLetterRecord) =>
      status === "open" || processIds.has(processId) || (isEndedWanted && processId === "");
    return {
      ...key,
      parent: findParent(key),
      instances: rows,
      entries: [...mailbox.read(key, Number.MAX_SAFE_INTEGER)].toSorted((one, other) => one.event.position - other.event.position),
      commands: [...processIds]
        .flatMap((processId) => commands.all(processId))
        .map(({ parked, ...record }) => ({ record, isParked: parked === 1 }))
        .toSorted((one, other) => one.record.seq - other.record.seq),
      letters: letters
        .all(key)
        .map((deadLetterId) => deadLetters.get(deadLetterId)!)
        .filter(isWanted),
      journal: isJournalWanted ? [...processIds].flatMap((processId) => journal.read(processId)) : [],
      seen: seen.all(key),
    };
  };
}

/** Finds the key whose chart has invoked another's instance: the name of the invoked key has the id of the instance that has asked for it. */
function prepareParent(database: Database): (key: MailboxKey) => MailboxKey | null {
  const find = database.prepare<[string], MailboxKey>(
    "SELECT process, aggregate_id AS aggregateId FROM perdure_instances WHERE process_id = ?",
  );
  return ({ aggregateId }) => {
    const [process, processId, ...rest] = aggregateId.split(":");
    const parent = rest.length === 1 && processId !== undefined ? find.get(processId) : undefined;
    return parent !== undefined && parent.process === process ? parent : null;
  };
}
