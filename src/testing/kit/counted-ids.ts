import type { Ids } from "../../platform/ids.ts";

/**
 * Identities that are the same in every run of a test: version 7 UUIDs (RFC 9562, section 5.7) that count from one, and pass over
 * those that `isTaken` knows from an earlier system on the same store.
 */
export function createCountedIds(isTaken: (id: string) => boolean): Ids {
  let count = 0;
  return {
    next: () => {
      for (;;) {
        count += 1;
        const id = `00000000-0000-7000-8000-${String(count).padStart(12, "0")}`;
        if (!isTaken(id)) return id;
      }
    },
  };
}
