/** A number of places; whoever comes when all are taken waits for one, first come first served. */
export interface Slots {
  /** Takes a place if one is free. It does not make whoever finds one wait for a turn. */
  tryTake(): boolean;
  /** Resolves when a place was taken. */
  take(): Promise<void>;
  /** To be called once for each place that was taken. */
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
