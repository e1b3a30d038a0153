import { repeat } from "../platform/repeat.ts";
import type { FileWatch } from "./file-watch.ts";

// How soon another process's commit is noticed where no file watch tells of it, and how often one that does is not relied upon.
const LOOK_MS = 50;
const SURE_LOOK_MS = 1_000;

/** Calls `look` whenever the file has been written, and now and then in any case. Returns how to end it. */
export function keepLooking({ watchFile }: { readonly watchFile: (listener: () => void) => FileWatch }, look: () => void): () => void {
  const watch = watchFile(look);
  const stop = repeat(look, () => (watch.isWatching ? SURE_LOOK_MS : LOOK_MS));
  return () => {
    watch.end();
    stop();
  };
}
