import type { Database } from "better-sqlite3";
import { memoize } from "./statements.ts";

/**
 * Numbers kept beside the rows they count, so that they can be read without counting. What is added is gathered in memory and written once,
 * at the end of the transaction.
 */
export interface Tally {
  /** Adds to a number. Call it inside a transaction. */
  add(name: string, amount: number): void;
  /** Every number whose name begins with `prefix`. */
  read(prefix: string): readonly { readonly name: string; readonly value: number }[];
  /** Writes what was gathered. */
  flush(): void;
  /** Forgets what was gathered. */
  discard(): void;
}

// A statement is prepared for each count of rows.
const MOST_AT_ONCE = 8;

export function createTally(database: Database): Tally {
  const write = memoize((count: number) =>
    database.prepare<(string | number)[]>(
      `INSERT INTO perdure_counters (name, value) VALUES ${Array(count).fill("(?, ?)").join(", ")}
       ON CONFLICT (name) DO UPDATE SET value = value + excluded.value`,
    ),
  );
  const read = database.prepare<[string, string], { name: string; value: number }>(
    "SELECT name, value FROM perdure_counters WHERE name >= ? AND name < ? || char(0x10ffff) ORDER BY name",
  );
  const gathered = new Map<string, number>();
  const flush = () => {
    const amounts = [...gathered].filter(([, amount]) => amount !== 0);
    for (let from = 0; from < amounts.length; from += MOST_AT_ONCE) {
      const some = amounts.slice(from, from + MOST_AT_ONCE);
      write(some.length).run(...some.flat());
    }
    gathered.clear();
  };

  return {
    add: (name, amount) => {
      gathered.set(name, (gathered.get(name) ?? 0) + amount);
    },
    read: (prefix) => {
      flush();
      return read.all(prefix, prefix);
    },
    flush,
    discard: () => gathered.clear(),
  };
}
