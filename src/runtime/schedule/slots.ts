/** A number of places. Whoever finds all of them taken waits for one, first come first served. */
export interface Slots {
  /** Takes a place if one is free, without a promise, so that whoever finds one need not wait for a turn. */
  tryTake(): boolean;
  /** Takes a place. Resolves when it has one. */
  take(): Promise<void>;
  /** Gives a place back. Call it once for each place that was taken. */
  giveBack(): void;
  readonly taken: number;
  /** How many places there are. */
  readonly count: number;
}

export function createSlots(count: number): Slots {
  let free = count;
  const queue: (() => void)[] = [];
  const tryTake = () => {
    if (free === 0) return false;
    free -= 1;
    return true;
  };

  return {
    tryTake,
    take: () => (tryTake() ? Promise.resolve() : new Promise<void>((resolve) => queue.push(resolve))),
    giveBack: () => {
      const next = queue.shift();
      if (next === undefined) free += 1;
      else next();
    },
    get taken() {
      return count - free;
    },
    count,
  };
}
