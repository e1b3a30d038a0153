import type { Database } from "./driver/database.ts";

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

export function createTally(database: Database): Tally {
  // One row at a time, because an INSERT of several rows at once takes longer.
  const write = database.prepare<[string, number]>(
    "INSERT INTO perdure_counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
  );
  const read = database.prepare<[string, string], { name: string; value: number }>(
    "SELECT name, value FROM perdure_counters WHERE name >= ? AND name < ? || char(0x10ffff) ORDER BY name",
  );
  const gathered = new Map<string, number>();
  const flush = () => {
    for (const [name, amount] of gathered) if (amount !== 0) write.run(name, amount);
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
