import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, type Logger, type ProcessDefinition } from "perdure";
import { copyRows, readCounters, listTables } from "./copy-rows.ts";
import { failing } from "./failing.ts";
import { type WaitingProcess, waitingProcesses } from "./charted.ts";

/** What a file holds before a measurement begins. */
export interface Preparation {
  /** Whose instances they are. Default: `waiting`. */
  readonly process?: WaitingProcess;
  /** Instances without an end. Their timeouts are spread over a week. */
  readonly open: number;
  readonly completed: number;
  /** Instances of a process of their own, each failed with a dead letter. Default: 0. */
  readonly letters?: number;
}

const nothing = () => {};
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

const NUMBER_DIGITS = 12;
const HOUR_MS = 60 * 60 * 1000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** Of the open instance with that number, from 0. */
export function preparedAggregateId(number: number): string {
  return `open-${String(number).padStart(NUMBER_DIGITS, "0")}`;
}

/**
 * Fills a new file. One instance of each kind is run by the system itself; the others are copies of its rows with identities
 * of their own, because to run them all would take minutes.
 */
export async function prepareStore(path: string, { process = "waiting", open, completed, letters = 0 }: Preparation): Promise<void> {
  const begun = { path, definition: waitingProcesses[process], types: ["OrderPlaced"] };
  if (letters > 0) await addInstances({ ...begun, definition: failing }, "letter", letters);
  if (completed > 0) await addInstances({ ...begun, types: ["OrderPlaced", "OrderFulfilled"] }, "completed", completed);
  if (open > 0) await addInstances(begun, "open", open);
}

async function addInstances(
  { path, definition, types }: { readonly path: string; readonly definition: ProcessDefinition; readonly types: readonly string[] },
  prefix: string,
  count: number,
): Promise<void> {
  const system = await createProcessSystem({ definitions: [definition], store: { path }, logger: silent });
  const database = new SqliteDatabase(path);
  const before = readCounters(database);
  await system.start();
  const zero = "0".repeat(NUMBER_DIGITS);
  const aggregateId = `${prefix}-${zero}`;
  const events = types.map((type) => ({ type, aggregateId, eventId: `${prefix}-${type}-${zero}` }));
  await system.dispatch(events);
  await system.whenIdle();
  const { processId } = (await system.processes.find({ aggregateId }))[0]!;
  const letterIds = (await system.deadLetters.list({ aggregateId })).map(({ id }) => id);
  await system.stop();

  // A file that is half filled is never looked at: there is nothing to be safe from.
  database.pragma("journal_mode = OFF");
  database.pragma("synchronous = OFF");
  database.pragma("cache_size = -500000");
  const after = readCounters(database);
  const firstDueAt = Date.now() + HOUR_MS;
  database.transaction(() => {
    for (const table of listTables(database)) {
      copyRows(database, table, count - 1, {
        identities: [processId, aggregateId, ...letterIds, ...events.map(({ eventId }) => eventId)],
        moments: {
          due_at: { first: firstDueAt, step: WEEK_MS / count },
          started_at: { first: firstDueAt - WEEK_MS, step: WEEK_MS / count },
        },
      });
    }
    const setCounter = database.prepare("UPDATE perdure_counters SET value = ? WHERE name = ?");
    for (const [name, value] of after) setCounter.run(value + (value - (before.get(name) ?? 0)) * (count - 1), name);
  })();
  database.pragma("journal_mode = WAL");
  database.close();
}
