import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProcessSystem, defineProcess } from "perdure";

/**
 * Runs a thousand instances twice in one process, once with one among them whose handler always fails, and prints how long
 * the other 999 take from dispatch to completion, side by side. Usage: npm run bench:isolation
 */
const instances = 1_000;
const folder = mkdtempSync(join(tmpdir(), "perdure-isolation-"));

async function measure(name: string, failing: string | undefined): Promise<readonly number[]> {
  const dispatchedAt = new Map<string, number>();
  const tookMs: number[] = [];
  const definition = defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "7d",
    on: {
      OrderPlaced: async ({ event }) => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        if (event.aggregateId === failing) throw new Error("always fails");
      },
    },
  });
  const system = await createProcessSystem({
    definitions: [definition],
    store: { path: join(folder, `${name}.db`) },
    processes: { retry: { initialDelay: "5ms", maxRetries: 3 } },
    inspect: ({ entry, aggregateId }) => {
      if (entry.kind === "completed" && aggregateId !== "order-500") tookMs.push(performance.now() - dispatchedAt.get(aggregateId)!);
    },
  });
  await system.start();
  for (let index = 0; index < instances; index += 1) {
    const aggregateId = `order-${index}`;
    dispatchedAt.set(aggregateId, performance.now());
    await system.dispatch([
      { type: "OrderPlaced", aggregateId },
      { type: "OrderFulfilled", aggregateId },
    ]);
  }
  await system.whenIdle();
  const { failed = 0 } = system.overview.getSnapshot().context.counts["order/order-lifecycle"] ?? {};
  if (failed !== (failing === undefined ? 0 : 1) || tookMs.length !== instances - 1) throw new Error(`${failed} failed, ${tookMs.length} of 999 completed`);
  await system.stop();
  return tookMs.toSorted((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;

await measure("warm-up", undefined);
const without = await measure("without", undefined);
const withOne = await measure("with", "order-500");
console.log("the other 999, in ms     without    with one that always fails    ratio");
for (const [label, share] of [["p50", 0.5], ["p90", 0.9], ["p99", 0.99], ["max", 1]] as const) {
  const [a, b] = [at(without, share), at(withOne, share)];
  console.log(`${label.padEnd(24)} ${a.toFixed(1).padStart(7)} ${b.toFixed(1).padStart(29)} ${(b / a).toFixed(2).padStart(8)}`);
}
rmSync(folder, { recursive: true });
