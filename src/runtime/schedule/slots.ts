/** A number of places; whoever comes when all are taken waits for one, first come first served. */
export interface Slots {
  /** Resolves with the function that gives the place back. */
  take(): Promise<() => void>;
  readonly taken: number;
}

export function createSlots(count: number): Slots {
  let free = count;
  const queue: (() => void)[] = [];

  const giveBack = () => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };

  return {
    take: async () => {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => queue.push(resolve));
      return giveBack;
    },
    get taken() {
      return count - free;
    },
  };
}
