import type { Database } from "./driver/database.ts";
import type { Positions } from "../events.ts";
import { findForeignVersion } from "./foreign-version.ts";

export interface OwnPositions extends Positions {
  /** As `Events.lastPosition`. */
  last(): number;
  /** The position of an event that has none reserved; `null`: SQLite chooses it. Call it inside a transaction. */
  next(): number | null;
}

/** As long as no position is reserved, SQLite numbers events. From then on this connection does, so that nothing it stores takes a reserved one. */
export function createPositions(database: Database): OwnPositions {
  const readLast = database.prepare<[], number>("SELECT coalesce(max(position), 0) FROM perdure_events").pluck();
  const foreign = findForeignVersion(database);
  /** The highest position that was given to anybody. */
  let highest: number | undefined;
  /** The highest that was stored when another connection had committed last. Positions up to there may have been taken by it. */
  let stored = 0;
  let version: number | undefined;

  /** Takes note of what other connections have stored. */
  const follow = () => {
    const current = foreign.read();
    if (current === version) return;
    version = current;
    stored = readLast.get()!;
    highest = Math.max(highest ?? 0, stored);
  };

  return {
    last: () => readLast.get()!,
    reserve: () => {
      if (highest === undefined) follow();
      return (highest = highest! + 1);
    },
    isFree: (position) => {
      follow();
      return position > stored;
    },
    next: () => {
      if (highest === undefined) return null;
      follow();
      return (highest += 1);
    },
  };
}
