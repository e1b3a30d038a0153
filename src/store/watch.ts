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

// How soon another OS process's commit is noticed without a file watch. With one, looks are rarer, and make up for what the watch has missed.
const LOOK_MS = 50;
// A write counts only when it has reached the disk, which is later than the watch tells of it.
const DISK_MS = 50;
const SURE_LOOK_MS = 1_000;

// The watch tells of this OS process's own commits, too. A look after each of them would cost as much as a small commit.
const REST_MS = 5;

// To be told costs as much as a look, so that whoever commits again and again is told of nothing for a while.
const OWN_LOOKS = 10;
const CLOSE_MS = 20;

/**
 * Calls `look` whenever the file has been written, and now and then in any case. `look` says whether another connection has written;
 * `undefined`: it could not be told. Returns how to end it.
 *
 * It looks in a turn of its own, once for all that it was told until then. Node hands on what a watch tells for as long as there is more:
 * a look within that call would take longer than the next write of a busy file, and nothing else would come to its turn.
 *
 * While this connection writes again and again and no other does, the file is not watched but looked at every 50 ms.
 */
export function keepLooking(
  { watchFile }: { readonly watchFile: (listener: () => void) => FileWatch },
  look: () => boolean | undefined,
): () => void {
  let again: unknown;
  let isTold = false;
  let isEnded = false;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let ownLooks = 0;
  const laterDo = (task: () => unknown, ms: number) => {
    systemClock.clearTimeout(again);
    again = systemClock.setTimeout(() => void task(), ms);
  };
  const lookNow = () => {
    isTold = false;
    if (isEnded) return;
    const now = steadyClock.now();
    const isClose = now - lookedAt < CLOSE_MS;
    lookedAt = now;
    const isOwn = look() === false;
    // The look may have ended it.
    if (isEnded) return;
    ownLooks = isOwn ? (isClose ? ownLooks + 1 : 1) : 0;
    if (ownLooks < OWN_LOOKS) return laterDo(look, DISK_MS);
    watch.end();
    laterDo(watchAgain, LOOK_MS);
  };
  const watchAgain = () => {
    watch = watchFile(onWritten);
    lookedAt = steadyClock.now();
    // For what was written meanwhile. If nothing was of others, one more look that is close tells that it goes on like this.
    ownLooks = look() === false ? OWN_LOOKS - 1 : 0;
    if (!isEnded) laterDo(look, DISK_MS);
  };
  const onWritten = () => {
    if (isTold) return;
    isTold = true;
    const rest = lookedAt + REST_MS - steadyClock.now();
    if (rest <= 0) nextTurn(lookNow);
    else laterDo(lookNow, rest);
  };
  let watch = watchFile(onWritten);
  const stop = repeat(look, () => (watch.isWatching ? SURE_LOOK_MS : LOOK_MS));
  return () => {
    isEnded = true;
    watch.end();
    systemClock.clearTimeout(again);
    stop();
  };
}
