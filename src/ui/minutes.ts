import type { Clock } from "../platform/clock.ts";
import type { Overview } from "../observe/overview.ts";
import type { RuntimeState } from "../runtime/lifecycle.ts";
import type { Minute } from "./wire.ts";

const KEPT = 60;
const MINUTE_MS = 60_000;

/** What the last hour was like, as far as it was watched. */
export interface Minutes {
  /** A slot for each of the last sixty minutes, oldest first; `undefined` for those before the watch began. */
  read(): readonly (Minute | undefined)[];
}

/** Watches the overview, which costs no query. */
export function watchMinutes(
  { overview, state }: { readonly overview: Pick<Overview, "subscribe" | "getSnapshot">; readonly state: RuntimeState },
  clock: Pick<Clock, "now">,
): Minutes {
  const minutes = new Map<number, Minute>();
  const begun = Math.floor(clock.now() / MINUTE_MS);
  let { waiting } = overview.getSnapshot().context.lag;
  // The first that the overview of a system says that is only then started is what there was before.
  let before = state === "created" ? undefined : overview.getSnapshot().context.lag.accepted;
  overview.subscribe(({ context: { lag } }) => {
    const minute = Math.floor(clock.now() / MINUTE_MS);
    const { accepted, waiting: most } = minutes.get(minute) ?? { accepted: 0, waiting };
    const more = Math.max(0, lag.accepted - (before ?? lag.accepted));
    before = lag.accepted;
    waiting = lag.waiting;
    minutes.set(minute, { accepted: accepted + more, waiting: Math.max(most, waiting) });
    for (const old of minutes.keys()) if (old <= minute - KEPT) minutes.delete(old);
  });
  return {
    read: () => {
      const now = Math.floor(clock.now() / MINUTE_MS);
      let last = 0;
      return Array.from({ length: KEPT }, (_, index) => {
        const minute = now - KEPT + 1 + index;
        if (minute < begun) return undefined;
        const found = minutes.get(minute);
        last = found?.waiting ?? last;
        return found ?? { accepted: 0, waiting: minute === now ? waiting : last };
      });
    },
  };
}
