import type { Ids } from "../../platform/ids.ts";

/**
 * Identities that are the same in every run of a test: version 7 UUIDs (RFC 9562, section 5.7) that count from one, and leave
 * out those that an earlier system on the same store has used, as `isTaken` tells.
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
