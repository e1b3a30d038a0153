import type { Database } from "./driver/database.ts";

/**
 * What a connection knows of the commits of others, by SQLite's `data_version`, which changes when another connection has committed. Whoever has
 * the same connection has the same one of these.
 */
export interface ForeignVersion {
  read(): number;
  /** A transaction with the write lock has begun, in which nobody else commits, so that the version is asked for once. */
  begin(): void;
  /** It has ended. What was read in one that was rolled back is forgotten. */
  end(isCommitted: boolean): void;
  /**
   * `read`, which is asked again only when another connection may have written since. It is asked each time outside of such a transaction, and
   * again after `forget`.
   */
  remember<Value>(read: () => Value): () => Value;
  /** Forgets everything that is remembered, because this connection writes it. */
  forget(): void;
}

const known = new WeakMap<Database, ForeignVersion>();

export function findForeignVersion(database: Database): ForeignVersion {
  const found = known.get(database) ?? createForeignVersion(database);
  known.set(database, found);
  return found;
}

function createForeignVersion(database: Database): ForeignVersion {
  const ask = database.prepare<[], number>("PRAGMA data_version").pluck();
  let current: number | undefined;
  // What was remembered with another number than this counts no more.
  let written = 0;
  const read = () => current ?? ask.get()!;
  const forget = () => void (written += 1);
  return {
    read,
    begin: () => {
      current = ask.get()!;
    },
    end: (isCommitted) => {
      current = undefined;
      if (!isCommitted) forget();
    },
    remember: <Value>(readAnew: () => Value) => {
      let last: { readonly value: Value; readonly version: number; readonly written: number } | undefined;
      return () => {
        if (current === undefined) return readAnew();
        if (last === undefined || last.version !== current || last.written !== written) {
          last = { value: readAnew(), version: current, written };
        }
        return last.value;
      };
    },
    forget,
  };
}
