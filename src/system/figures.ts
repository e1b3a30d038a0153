import type { Health } from "../observe/health.ts";
import type { Overview } from "../observe/overview.ts";
import type { Committed } from "../runtime/commit/commit-feed.ts";
import type { Figures, Telemetry } from "../runtime/trace/telemetry.ts";

/** Tells telemetry what the store holds, between `begin` and `end`. */
export interface FiguresTeller {
  begin(): void;
  end(): void;
}

/** The worker alone tells, because all who have the store open would tell the same, and whoever adds up would count it more than once. */
export function createFiguresTeller(
  telemetry: Telemetry | undefined,
  system: { health(): Promise<Health>; readonly overview: Overview },
): FiguresTeller {
  let stop: (() => void) | undefined;
  const read = async (): Promise<Figures | undefined> => {
    const { state, lag } = await system.health();
    if (state !== "working" || lag === undefined) return undefined;
    const { accepted, handled, waiting, oldestWaitingMs, deadLetters } = lag;
    return { accepted, handled, waiting, oldestWaitingMs, deadLetters, instances: system.overview.getSnapshot().context.counts };
  };
  return {
    begin: () => {
      stop ??= telemetry?.observe(read);
    },
    end: () => {
      stop?.();
      stop = undefined;
    },
  };
}

/** A listener to commits that tells telemetry of the dead letters in them. */
export function createLetterCount(telemetry: Telemetry): (committed: Committed) => void {
  return ({ steps, letters }) => {
    const written = [...letters, ...steps.flatMap(({ deadLetter }) => deadLetter ?? [])];
    if (written.length > 0) telemetry.countLetters(written);
  };
}
