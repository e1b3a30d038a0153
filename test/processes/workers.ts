import SqliteDatabase from "better-sqlite3";
import { onTestFinished } from "vitest";
import { until } from "../support/patience.ts";
import type { Remote, Site } from "./remote-system.ts";

export const placed = (aggregateId: string, payload: unknown = {}) => ({
  type: "OrderPlaced",
  aggregateId,
  eventId: `placed-${aggregateId}`,
  payload,
});
export const fulfilled = (aggregateId: string) => ({ type: "OrderFulfilled", aggregateId, eventId: `fulfilled-${aggregateId}` });

export const stateOf = (remote: Remote) => remote.call("state");

export async function isWorking(remote: Remote): Promise<void> {
  await until(
    () => stateOf(remote),
    (state) => state === "working",
  ).catch(async (error: Error) => {
    throw new Error(`${remote.name} does not work: ${error.message}; ${JSON.stringify((await remote.call("logged")).slice(-3))}`);
  });
}

/** Looks into the file without being one of its workers. */
export function peek(site: Site): SqliteDatabase.Database {
  const database = new SqliteDatabase(site.path);
  onTestFinished(() => void database.close());
  return database;
}
