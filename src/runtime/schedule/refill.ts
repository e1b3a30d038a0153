import type { SerialRunner } from "./serial-runner.ts";

/** How many rows are read at once. */
export const PAGE = 256;

/** Wakes ids from the store page by page, as long as there is room; called again, it goes on where it stopped. */
export function createRefill<Key>(read: (after: Key | undefined) => readonly Key[], toId: (key: Key) => string, runner: () => SerialRunner): () => void {
  let after: Key | undefined;
  return () => {
    for (;;) {
      const page = read(after);
      for (const key of page) runner().wake(toId(key));
      // Some of this page may have found no room, so it is read again.
      if (!runner().hasRoom) return runner().noteMore();
      after = page.at(-1);
      if (page.length < PAGE) {
        after = undefined;
        return;
      }
    }
  };
}
