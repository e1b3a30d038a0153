import { steadyClock } from "../platform/clock.ts";

/** Asks for something that may take long, for all who want it at about the same time. `key` names what is asked. */
export type Thrift = <Value>(key: string, ask: () => Promise<Value>) => Promise<Value>;

interface Entry {
  isRunning: boolean;
  /** The end of the pause behind the last answer. */
  until: number;
  next: Promise<unknown> | undefined;
}

const FREE_MS = 1;
const PAUSES = 20;
// What took long once, because the disk had much to do, is not put off for long.
const LONGEST_PAUSE_MS = 2_000;

/**
 * However many pages ask, and however often, it costs a twentieth of the event loop: after an answer that took longer than a millisecond
 * there is a pause, twenty times as long and two seconds at most. Who asks meanwhile waits for its end, and is given what is so then,
 * together with all others who wait. So nobody is given what was so before they asked.
 */
export function createThrift(): Thrift {
  const entries = new Map<string, Entry>();
  return <Value>(key: string, ask: () => Promise<Value>): Promise<Value> => {
    const entry = entries.get(key) ?? { isRunning: false, until: 0, next: undefined };
    entries.set(key, entry);
    if (entry.next === undefined && !entry.isRunning && steadyClock.now() >= entry.until) return run(entry, ask);
    // What is asked for by one key has one type.
    entry.next ??= pause(entry).then(() => {
      entry.next = undefined;
      return run(entry, ask);
    });
    return entry.next as Promise<Value>;
  };
}

async function run<Value>(entry: Entry, ask: () => Promise<Value>): Promise<Value> {
  const begun = steadyClock.now();
  entry.isRunning = true;
  try {
    return await ask();
  } finally {
    const took = steadyClock.now() - begun;
    entry.isRunning = false;
    entry.until = took < FREE_MS ? 0 : steadyClock.now() + Math.min(took * PAUSES, LONGEST_PAUSE_MS);
  }
}

async function pause(entry: Entry): Promise<void> {
  do {
    const waitMs = Math.max(FREE_MS, entry.until - steadyClock.now());
    await new Promise<void>((resolve) => steadyClock.setTimeout(resolve, waitMs));
  } while (entry.isRunning || steadyClock.now() < entry.until);
}
