import type { CommandRun } from "../check/evidence.ts";
import { groupBy } from "../check/lists.ts";
import type { ParcelCheck } from "./check.ts";

/** One worker counts from its beginning: never more attempts at once, nor in a window, than the limit of their scale allows. */
export function checkLimits(check: ParcelCheck): void {
  const { plan, index, expect } = check;
  for (const { tag, atOnce } of countAtOnce(check))
    expect(atOnce <= plan.weighsAtOnce, () => `${tag} began as number ${atOnce} of those that run at once`);
  const { count, windowMs } = plan.labelRate;
  const labels = index.commandRuns.filter(({ type }) => type === "label");
  for (const [name, runs] of groupBy(labels, countedApart)) {
    for (const [at, run] of runs.entries()) {
      const before = runs[at - count];
      // The line of an attempt is written after its place was taken, and either can be held up: half of the window is beyond that.
      expect(
        before === undefined || run.at - before.at >= windowMs / 2,
        () => `${count + 1} labels on ${name} began within ${run.at - before!.at} ms`,
      );
    }
  }
}

/** How often an attempt at `weigh` took the last place of its scale. */
export function countFull(check: ParcelCheck): number {
  return countAtOnce(check).filter(({ atOnce }) => atOnce === check.plan.weighsAtOnce).length;
}

/** Of each attempt at `weigh`, how many of the same worker and scale are running when it has begun. */
function countAtOnce({ evidence }: ParcelCheck): readonly { readonly tag: string; readonly atOnce: number }[] {
  const running = new Map<string, string>();
  const begun: { readonly tag: string; readonly atOnce: number }[] = [];
  for (const line of evidence.ledger) {
    if (line.what === "end" && line.of === "command") running.delete(`${line.life} ${line.key}`);
    if (line.what !== "command" || line.type !== "weigh") continue;
    const scale = countedApart(line);
    running.set(`${line.life} ${line.key}`, scale);
    begun.push({ tag: line.tag, atOnce: [...running.values()].filter((other) => other === scale).length });
  }
  return begun;
}

function countedApart({ scale, life }: CommandRun): string {
  return `the ${scale} scale in life ${life}`;
}
