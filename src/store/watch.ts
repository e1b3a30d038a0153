import { systemClock } from "../platform/clock.ts";
import { repeat } from "../platform/repeat.ts";

/** Tells that a store's file has been written, by whomever, soon after it was. */
export interface FileWatch {
  /** `false` where nothing tells: then the file has to be looked at again and again. */
  readonly isWatching: boolean;
  end(): void;
}

/** Whether another connection has committed since it was last asked; every watch keeps its own account. */
export function watchForeign({ foreignVersion }: { readonly foreignVersion: () => number }): () => boolean {
  let seen = foreignVersion();
  return () => {
    const before = seen;
    seen = foreignVersion();
    return seen !== before;
  };
}

// How soon another process's commit is noticed where no file watch tells of it, and how often one that does is not relied upon.
const LOOK_MS = 50;
const SURE_LOOK_MS = 1_000;

/** Calls `look` whenever the file has been written, and now and then in any case. Returns how to end it. */
export function keepLooking({ watchFile }: { readonly watchFile: (listener: () => void) => FileWatch }, look: () => void): () => void {
  let again: unknown;
  let isEnded = false;
  const watch = watchFile(() => {
    look();
    if (isEnded) return;
    // What was written counts only when it has reached the disk, which is after the watch has told of it.
    systemClock.clearTimeout(again);
    again = systemClock.setTimeout(look, LOOK_MS);
  });
  const stop = repeat(look, () => (watch.isWatching ? SURE_LOOK_MS : LOOK_MS));
  return () => {
    isEnded = true;
    watch.end();
    systemClock.clearTimeout(again);
    stop();
  };
}
