/** A number of places; whoever comes when all are taken waits for one, first come first served. */
export interface Slots {
  /** Runs `task` in a place of its own. */
  run<Result>(task: () => Result | Promise<Result>): Promise<Result>;
  readonly taken: number;
}

export function createSlots(count: number): Slots {
  let free = count;
  const queue: (() => void)[] = [];

  return {
    run: async (task) => {
      // A turn is waited for only where no place is free.
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => queue.push(resolve));
      try {
        return await task();
      } finally {
        const next = queue.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
    get taken() {
      return count - free;
    },
  };
}
