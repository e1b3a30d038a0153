import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";

/** What a run left behind: the tables as they are, and the lines that handlers and dispatchers wrote. */
export interface Evidence {
  readonly integrity: string;
  readonly events: ReadonlyMap<string, EventRow>;
  readonly instances: ReadonlyMap<string, InstanceRow>;
  readonly journal: readonly JournalRow[];
  /** The rows of the index over contexts. */
  readonly indexed: readonly IndexRow[];
  readonly letters: readonly LetterRow[];
  /** Those in the file of their own; `undefined` without one. */
  readonly letterFile: readonly LetterRow[] | undefined;
  readonly timers: readonly TimerRow[];
  /** What is left in the mailboxes. */
  readonly mailbox: readonly MailboxRow[];
  readonly left: { readonly commands: number; readonly requests: number; readonly suspects: number };
  readonly accepted: number;
  readonly acks: readonly Ack[];
  readonly ledger: readonly LedgerLine[];
}

export interface EventRow {
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  readonly aggregateId: string;
  readonly payload: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly causationId: string | null;
}

export interface InstanceRow {
  readonly processId: string;
  readonly process: string;
  readonly aggregateId: string;
  readonly status: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly dueAt: number | null;
  /** JSON text. */
  readonly context: string | null;
  readonly outcome: string | null;
  readonly version: number;
  /** JSON text, of a process with a chart of its own. */
  readonly state: string | null;
  readonly chart: string | null;
}

/** A timer of a chart. */
export interface TimerRow {
  /** The instance and the timer's name there. */
  readonly id: string;
  readonly dueAt: number;
}

export interface MailboxRow {
  readonly process: string;
  readonly aggregateId: string;
  readonly position: number;
}

export interface IndexRow {
  readonly processId: string | null;
  readonly key: string;
  /** JSON text. */
  readonly value: string;
}

export interface JournalRow {
  readonly seq: number;
  readonly processId: string;
  readonly at: number;
  readonly kind: string;
  readonly facts: JournalFacts;
}

export interface JournalFacts {
  readonly event?: { readonly eventId: string; readonly type: string };
  readonly command?: { readonly commandId: string; readonly type: string };
  readonly handler?: string;
  readonly attempt?: number;
  readonly error?: { readonly code?: string };
  readonly commands?: readonly { readonly commandId: string; readonly type: string; readonly dueAt: number }[];
  readonly events?: readonly { readonly eventId: string; readonly type: string }[];
  readonly dueAt?: number;
  readonly deadLetterId?: string;
  readonly dropped?: readonly { readonly id: string; readonly type: string }[];
  readonly context?: Readonly<Record<string, unknown>>;
  readonly contextWithout?: readonly string[];
  readonly outcome?: string;
  /** Of a chart: the timer that has come due, and where the instance stands after a step that moved it. */
  readonly timer?: string;
  readonly state?: unknown;
  /** Of a migration. */
  readonly from?: number;
  readonly to?: number;
}

export interface LetterRow {
  readonly deadLetterId: string;
  readonly processId: string;
  readonly process: string;
  readonly aggregateId: string;
  readonly kind: string;
  readonly subject: string;
  /** The code of its error, if that has one. */
  readonly code: string | null;
  readonly status: string;
  readonly attempts: number;
  /** 1 if it held its instance in `failed`. */
  readonly blocks: number;
}

export interface Ack {
  readonly eventId: string;
  readonly outcome: string;
  readonly life: number;
  readonly at: number;
}

export type LedgerLine = HandlerRun | PolicyRun | CommandRun | RunEnd | GoneEvent;

interface RunEnd {
  readonly what: "end";
  readonly of: "handler" | "policy" | "command";
  readonly key: string;
  readonly attempt: number;
  readonly life: number;
}

/** The log said that an event which was kept goes. */
export interface GoneEvent {
  readonly what: "gone";
  readonly process: string;
  readonly aggregateId: string;
  readonly eventId: string;
  readonly life: number;
}

interface Run {
  readonly key: string;
  readonly attempt: number;
  readonly life: number;
  readonly at: number;
  readonly processId: string;
  readonly type: string;
  /** The key of its instance. */
  readonly aggregateId: string;
}

export interface HandlerRun extends Run {
  readonly what: "handler";
  readonly process: string;
  readonly eventId: string;
  /** The version of the process that ran, and that of the context which its handler was given; for a process that has versions. */
  readonly version?: number;
  readonly saw?: number | null;
  /** What a chart's action is called, with its place; for a process with a chart. */
  readonly action?: string;
}

export interface PolicyRun extends Omit<Run, "processId"> {
  readonly what: "policy";
  readonly policy: string;
  readonly eventId: string;
}

export interface CommandRun extends Run {
  readonly what: "command";
  readonly commandId: string;
  readonly tag: string;
  readonly dueAt: number;
  /** The policy that dispatched it, or empty for one from outside; where nothing has an instance. */
  readonly process?: string;
  /** What its limits count apart; for a command that has limits. */
  readonly scale?: string;
}

export function readEvidence(folder: string): Evidence {
  const database = new SqliteDatabase(join(folder, "perdure.db"), { fileMustExist: true });
  try {
    const all = <Row>(sql: string) => database.prepare<[], Row>(sql).all();
    const count = (table: string) => database.prepare<[], number>(`SELECT count(*) FROM perdure_${table}`).pluck().get()!;
    const events = all<EventRow>(
      "SELECT position, event_id AS eventId, type, aggregate_id AS aggregateId, payload, occurred_at AS occurredAt, accepted_at AS acceptedAt, causation_id AS causationId FROM perdure_events ORDER BY position",
    );
    const instances = all<InstanceRow>(
      "SELECT process_id AS processId, process, aggregate_id AS aggregateId, status, started_at AS startedAt, ended_at AS endedAt, due_at AS dueAt, context, outcome, version, state, chart FROM perdure_instances",
    );
    const journal = all<Omit<JournalRow, "facts"> & { readonly data: string }>(
      "SELECT seq, process_id AS processId, at, kind, data FROM perdure_journal ORDER BY seq",
    );
    return {
      integrity: String(database.pragma("integrity_check", { simple: true })),
      events: new Map(events.map((event) => [event.eventId, event])),
      instances: new Map(instances.map((instance) => [instance.processId, instance])),
      journal: journal.map(({ data, ...row }) => ({ ...row, facts: JSON.parse(data) as JournalFacts })),
      indexed: all<IndexRow>(
        "SELECT i.process_id AS processId, x.key, x.value FROM perdure_context_index x LEFT JOIN perdure_instances i ON i.number = x.number",
      ),
      letters: readLetters(database),
      timers: all<TimerRow>("SELECT id, due_at AS dueAt FROM perdure_timers"),
      letterFile: readLetterFile(join(folder, "letters.db")),
      mailbox: all<MailboxRow>("SELECT process, aggregate_id AS aggregateId, position FROM perdure_mailbox"),
      left: {
        commands: count("commands"),
        requests: count("requests WHERE answer IS NULL"),
        suspects: count("suspects"),
      },
      accepted: database.prepare<[], number>("SELECT value FROM perdure_counters WHERE name = 'accepted'").pluck().get()!,
      acks: readLines(join(folder, "acks.jsonl")) as readonly Ack[],
      ledger: readLines(join(folder, "ledger.jsonl")) as readonly LedgerLine[],
    };
  } finally {
    database.close();
  }
}

function readLetters(database: SqliteDatabase.Database): readonly LetterRow[] {
  return database
    .prepare<[], LetterRow>(
      `SELECT dead_letter_id AS deadLetterId, process_id AS processId, process, aggregate_id AS aggregateId, kind, subject, error ->> '$.code' AS code, status, attempts, blocks
       FROM perdure_dead_letters ORDER BY dead_letter_id`,
    )
    .all();
}

function readLetterFile(path: string): readonly LetterRow[] | undefined {
  if (!existsSync(path)) return undefined;
  const database = new SqliteDatabase(path);
  try {
    return readLetters(database);
  } finally {
    database.close();
  }
}

/** The lines that are whole. After one that a kill has torn off, nothing was done any more. */
function readLines(path: string): readonly unknown[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as unknown);
}
