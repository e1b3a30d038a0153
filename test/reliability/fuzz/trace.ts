import type { Database } from "better-sqlite3";
import type { JournalKind } from "perdure";
import type { Version } from "./domain.ts";
import type { Patch } from "./remembered.ts";

export type StepKind = "event" | "timed_out" | "failed" | "cancelled";

/**
 * How an attempt ended, from inside the handler; `late`: after it had been given up; `refused`: with a patch that is not accepted. One that
 * hangs never ends.
 */
export type Ending = "ok" | "throw" | "final" | "later" | "late" | "refused";

export interface StagedCommand {
  readonly commandId: string;
  readonly dueAt: number;
  readonly type: string;
  /** What it works on, if it is limited for each resource. */
  readonly resource?: string;
  /** Milliseconds since 1970 where the delay is known. */
  readonly expectedDueAt: number | undefined;
}

/** Everything that happened, in the order in which it was committed or begun. Times are milliseconds since 1970. */
export type Entry =
  | {
      readonly kind: "accept";
      readonly position: number;
      readonly eventId: string;
      readonly type: string;
      readonly aggregateId: string;
      readonly occurredAt: number;
      readonly acceptedAt: number;
    }
  /** A dead letter of `correlate`, which no journal tells of, and how it was settled. */
  | { readonly kind: "letter"; readonly deadLetterId: string; readonly process: string; readonly eventId: string }
  | { readonly kind: "letter-settled"; readonly deadLetterId: string; readonly status: "retried" | "skipped" | "discarded" }
  | { readonly kind: "journal"; readonly processId: string; readonly at: number; readonly entry: JournalKind; readonly facts: Facts }
  | {
      readonly kind: "attempt";
      readonly run: number;
      readonly process: string;
      readonly processId: string;
      readonly step: StepKind;
      readonly eventId: string;
      readonly type: string;
      /** The key of the instance. */
      readonly aggregateId: string;
      readonly occurredAt: number;
      readonly attempt: number;
      readonly idempotencyKey: string;
      readonly status: string;
      readonly at: number;
      readonly context?: object;
    }
  | {
      readonly kind: "end";
      readonly run: number;
      readonly ending: Ending;
      readonly staged: readonly StagedCommand[];
      /** What it returned. */
      readonly patch?: Patch;
    }
  | {
      readonly kind: "command-attempt";
      readonly run: number;
      readonly commandId: string;
      readonly processId: string;
      readonly attempt: number;
      readonly idempotencyKey: string;
      readonly at: number;
    }
  | { readonly kind: "command-end"; readonly run: number; readonly ending: Ending; readonly returned: number }
  /** What was running is cut off. */
  | { readonly kind: "cut" }
  /** From now on the code is that of another deploy. */
  | { readonly kind: "deploy"; readonly version: Version }
  /** From now on nothing fails, or what is planned fails. */
  | { readonly kind: "health"; readonly isHealed: boolean }
  /** For the reader of a counterexample. */
  | { readonly kind: "operation"; readonly text: string };

/** What a journal entry says, as it is stored. */
export interface Facts {
  readonly status?: string;
  readonly event?: { readonly eventId: string; readonly type: string };
  readonly command?: { readonly commandId: string; readonly type: string };
  readonly attempt?: number;
  readonly commands?: readonly { readonly commandId: string; readonly type: string; readonly dueAt: number }[];
  readonly events?: readonly { readonly eventId: string; readonly type: string }[];
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string };
  readonly retryAt?: number;
  readonly dueAt?: number;
  readonly deadLetterId?: string;
  readonly reason?: string;
  readonly by?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly contextWithout?: readonly string[];
  readonly outcome?: string;
  readonly from?: number;
  readonly to?: number;
  readonly dropped?: readonly { readonly id: string; readonly type: string }[];
}

/** A log in the order of commits: triggers write down what the library commits, handlers what they begin. */
export interface Trace {
  note(entry: Entry): void;
  /** What was added since it was last asked. */
  take(): readonly Entry[];
}

/**
 * It lies in temporary tables of the system's own connection, so that what is rolled back is not in it, and what handlers note
 * stands between the commits where it happened. Of the library's tables it reads `perdure_events`, `perdure_journal` and, for what no journal
 * tells of, `perdure_dead_letters`.
 */
export function openTrace(database: Database): Trace {
  database.exec(`
    CREATE TEMP TABLE trace (n INTEGER PRIMARY KEY, entry TEXT NOT NULL);
    CREATE TEMP TRIGGER trace_accept AFTER INSERT ON main.perdure_events BEGIN
      INSERT INTO trace (entry) VALUES (json_object('kind', 'accept', 'position', NEW.position, 'eventId', NEW.event_id, 'type', NEW.type,
        'aggregateId', NEW.aggregate_id, 'occurredAt', NEW.occurred_at, 'acceptedAt', NEW.accepted_at));
    END;
    CREATE TEMP TRIGGER trace_letter AFTER INSERT ON main.perdure_dead_letters WHEN NEW.kind = 'correlation' BEGIN
      INSERT INTO trace (entry) VALUES (json_object('kind', 'letter', 'deadLetterId', NEW.dead_letter_id, 'process', NEW.process,
        'eventId', NEW.subject ->> '$.eventId'));
    END;
    CREATE TEMP TRIGGER trace_settled AFTER UPDATE OF status ON main.perdure_dead_letters WHEN NEW.kind = 'correlation' BEGIN
      INSERT INTO trace (entry) VALUES (json_object('kind', 'letter-settled', 'deadLetterId', NEW.dead_letter_id, 'status', NEW.status));
    END;
    CREATE TEMP TRIGGER trace_journal AFTER INSERT ON main.perdure_journal BEGIN
      INSERT INTO trace (entry) VALUES (json_object('kind', 'journal', 'processId', NEW.process_id, 'at', NEW.at, 'entry', NEW.kind,
        'facts', json(NEW.data)));
    END;`);
  const add = database.prepare<[string]>("INSERT INTO temp.trace (entry) VALUES (?)");
  const read = database.prepare<[number], { n: number; entry: string }>("SELECT n, entry FROM temp.trace WHERE n > ? ORDER BY n");
  let seen = 0;
  return {
    note: (entry) => {
      add.run(JSON.stringify(entry));
    },
    take: () => {
      const rows = read.all(seen);
      seen = rows.at(-1)?.n ?? seen;
      return rows.map(({ entry }) => JSON.parse(entry) as Entry);
    },
  };
}
