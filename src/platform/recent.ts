/** A map that keeps what was used last and forgets the rest. */
export interface Recent<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
  clear(): void;
}

/**
 * It holds between `capacity` and twice as much. There are two generations: what is used moves to the young one, and when that is
 * full, the old one is forgotten as a whole. Keeping the exact order of use would cost several times as much per call.
 *
 * `onForget` is told of every value that goes, for whatever reason.
 */
export function createRecent<Value>(capacity: number, onForget: (value: Value) => void = () => {}): Recent<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  const put = (key: string, value: Value) => {
    young.set(key, value);
    if (young.size < capacity) return;
    for (const forgotten of old.values()) onForget(forgotten);
    [young, old] = [new Map(), young];
  };
  const take = (from: Map<string, Value>, key: string) => {
    const value = from.get(key);
    if (value !== undefined) from.delete(key);
    return value;
  };
  const forget = (key: string) => {
    const value = take(young, key) ?? take(old, key);
    if (value !== undefined) onForget(value);
  };

  return {
    get: (key) => {
      const value = young.get(key);
      if (value !== undefined || old.size === 0) return value;
      const older = take(old, key);
      if (older !== undefined) put(key, older);
      return older;
    },
    set: (key, value) => {
      forget(key);
      put(key, value);
    },
    delete: forget,
    clear: () => {
      for (const values of [young, old]) {
        for (const value of values.values()) onForget(value);
        values.clear();
      }
    },
  };
}
