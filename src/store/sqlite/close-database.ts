import { systemClock } from "../../platform/clock.ts";
import type { Database } from "./driver/database.ts";

/**
 * Closes a connection that may not be the last. SQLite folds the log into the file and takes the log away when no other OS process has a lock on
 * the file, and something in the worker's OS process may have ended the worker's locks (decision 0016): what the worker commits while the log
 * is folded in would be gone with the log. So as long as a worker holds the lease, the log is left to that worker: SQLite does neither while
 * another connection of this OS process is open, and nothing when one that only reads is closed.
 */
export function closeDatabase(database: Database, openReader: () => Database): void {
  const reader = hasWorker(database) ? tryToRead(openReader) : undefined;
  try {
    database.close();
  } finally {
    reader?.close();
  }
}

function hasWorker(database: Database): boolean {
  if (!database.open || database.memory || database.readonly || database.inTransaction) return false;
  try {
    // Not `isLeaseExpired`: a lease that seems to last too long, because the clock was set back, may be that of a worker which is about to renew it.
    // To leave the log to nobody does no harm.
    return database.prepare("SELECT 1 FROM perdure_lease WHERE expires_at > ?").get(systemClock.now()) !== undefined;
  } catch {
    // A file that cannot be read is closed as it is.
    return false;
  }
}

/** A connection has a lock on the file once it has read something. */
function tryToRead(openReader: () => Database): Database | undefined {
  let reader: Database | undefined;
  try {
    reader = openReader();
    reader.pragma("schema_version");
    return reader;
  } catch {
    reader?.close();
    return undefined;
  }
}
