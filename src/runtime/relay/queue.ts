/** What waits, in order. However much that is, each costs the same: taking the first out of a long list would move all others. */
export interface Queue<Value> {
  readonly first: Value | undefined;
  push(value: Value): void;
  /** Takes the first out. */
  take(): void;
  takeAll(): readonly Value[];
  /** Puts values before all others. */
  putBack(values: readonly Value[]): void;
}

// Below, moving the rest costs next to nothing.
const MOST_TAKEN = 1_000;

export function createQueue<Value>(): Queue<Value> {
  let values: Value[] = [];
  let taken = 0;
  return {
    get first() {
      return values[taken];
    },
    push: (value) => void values.push(value),
    take: () => {
      taken += 1;
      if (taken < values.length && (taken < MOST_TAKEN || taken < values.length / 2)) return;
      values = values.slice(taken);
      taken = 0;
    },
    takeAll: () => {
      const left = values.slice(taken);
      values = [];
      taken = 0;
      return left;
    },
    putBack: (more) => {
      values = [...more, ...values.slice(taken)];
      taken = 0;
    },
  };
}
