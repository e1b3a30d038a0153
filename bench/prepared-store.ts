import SqliteDatabase from "better-sqlite3";
import { createProcessSystem } from "perdure";
import { copyRows, readCounters, listTables } from "./copy-rows.ts";
import { type WaitingProcess, waitingProcesses } from "./charted.ts";

/** What a file holds before a measurement begins. */
export interface Preparation {
  /** Whose instances they are. Default: `waiting`. */
  readonly process?: WaitingProcess;
  /** Instances without an end. Their timeouts are spread over a week. */
  readonly open: number;
  readonly completed: number;
}

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
export async function prepareStore(path: string, { process = "waiting", open, completed }: Preparation): Promise<void> {
  const begun = { path, process, types: ["OrderPlaced"] };
  if (completed > 0) await addInstances({ ...begun, types: ["OrderPlaced", "OrderFulfilled"] }, "completed", completed);
  if (open > 0) await addInstances(begun, "open", open);
}

async function addInstances(
  { path, process, types }: { readonly path: string; readonly process: WaitingProcess; readonly types: readonly string[] },
  prefix: string,
  count: number,
): Promise<void> {
  const system = await createProcessSystem({ definitions: [waitingProcesses[process]], store: { path } });
  const database = new SqliteDatabase(path);
  const before = readCounters(database);
  await system.start();
  const zero = "0".repeat(NUMBER_DIGITS);
  const aggregateId = `${prefix}-${zero}`;
  const events = types.map((type) => ({ type, aggregateId, eventId: `${prefix}-${type}-${zero}` }));
  await system.dispatch(events);
  await system.whenIdle();
  const { processId } = (await system.processes.find({ aggregateId }))[0]!;
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
        identities: [processId, aggregateId, ...events.map(({ eventId }) => eventId)],
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
