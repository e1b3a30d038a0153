import { steadyClock } from "../../platform/clock.ts";
import { repeat } from "../../platform/repeat.ts";
import type { LimitReport } from "../../store/counters.ts";
import type { Engine } from "../run/kernel.ts";
import type { Run } from "../run/run.ts";
import { countAwaiting } from "../schedule/limiter.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";

const REPORT_MS = 1_000;
// A report counts rows. However many there are, it takes no more than one part in so many of the worker's time.
const SHARE = 20;

/**
 * Writes every second what waits for limits, if that has changed, because only the worker counts limits, and others look at its store. A
 * worker without limits writes nothing. Returns the function that ends this.
 */
export function reportLimits(engine: Engine, lease: LeaseKeeper, run: Run, guard: (task: () => void) => () => void): () => void {
  const { committer, kernel } = engine;
  const { store, clock, routes } = kernel;
  let reported = "";
  let tookMs = 0;

  const report = () => {
    const { saturated } = run;
    if (saturated.size === 0 && reported === "") return;
    const startedAt = steadyClock.now();
    const isRestIdle = run.isIdle && committer.pending === 0 && !lease.isLate();
    store.transact(() => {
      lease.check();
      const next = saturated.size === 0 ? undefined : readReport();
      const text = next === undefined ? "" : JSON.stringify([...next.waiting, next.rest]);
      if (text !== reported) store.counters.reportLimits(next);
      reported = text;
    });
    tookMs = steadyClock.now() - startedAt;

    function readReport(): LimitReport {
      const now = clock.now();
      const waiting = countAwaiting(store.commands, now, saturated);
      if (!isRestIdle) return { waiting };
      return { waiting, rest: { due: store.counters.countDue(now, routes), accepted: store.counters.accepted() } };
    }
  };
  return repeat(guard(report), () => Math.max(REPORT_MS, SHARE * tookMs));
}
