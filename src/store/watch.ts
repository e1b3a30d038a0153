import { steadyClock, systemClock } from "../platform/clock.ts";
import { repeat } from "../platform/repeat.ts";
import { nextTurn } from "../platform/turn.ts";

/** Tells soon after anybody has written to a store's file. */
export interface FileWatch {
  /** `false` where the operating system does not tell, so that the file has to be looked at again and again. */
  readonly isWatching: boolean;
  end(): void;
}

/** Whether another connection has committed since the last call. Every watch remembers its own last call. */
export function watchForeign({ foreignVersion }: { readonly foreignVersion: () => number }): () => boolean {
  let seen = foreignVersion();
  return () => {
    const before = seen;
    seen = foreignVersion();
    return seen !== before;
  };
}

// How soon another process's commit is noticed without a file watch. With one, looks are rarer, and make up for what the watch has missed.
const LOOK_MS = 50;
const SURE_LOOK_MS = 1_000;

// The watch tells of this OS process's own commits, too. A look after each of them would cost as much as a small commit.
const REST_MS = 5;

/**
 * Calls `look` whenever the file has been written, and now and then in any case. Returns how to end it.
 *
 * It looks in a turn of its own, once for all that it was told until then. Node hands on what a watch tells for as long as there is more:
 * a look within that call would take longer than the next write of a busy file, and nothing else would come to its turn.
 */
export function keepLooking({ watchFile }: { readonly watchFile: (listener: () => void) => FileWatch }, look: () => void): () => void {
  let again: unknown;
  let isTold = false;
  let isEnded = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const lookNow = () => {
    isTold = false;
    if (isEnded) return;
    lookedAt = steadyClock.now();
    look();
    // The look may have ended it.
    if (isEnded) return;
    // A write counts only when it has reached the disk, which is later than the watch tells of it.
    systemClock.clearTimeout(again);
    again = systemClock.setTimeout(look, LOOK_MS);
  };
  const watch = watchFile(() => {
    if (isTold) return;
    isTold = true;
    const rest = lookedAt + REST_MS - steadyClock.now();
    if (rest <= 0) return nextTurn(lookNow);
    systemClock.clearTimeout(again);
    again = systemClock.setTimeout(lookNow, rest);
  });
  const stop = repeat(look, () => (watch.isWatching ? SURE_LOOK_MS : LOOK_MS));
  return () => {
    isEnded = true;
    watch.end();
    systemClock.clearTimeout(again);
    stop();
  };
}
