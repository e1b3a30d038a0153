import { join } from "node:path";
import { createProcessSystem, defineProcess, type HandlerArgs } from "perdure";
import { defineCase, repeat } from "../bench-case.ts";
import { expectEqual } from "../check.ts";
import { compare } from "../row.ts";
import { percentile } from "../statistics.ts";

/** What one of the instances does with its first event. */
type Behaviour = "the same as the others" | "always fails" | "hangs until its signal aborts";

interface Input {
  readonly behaviour: Behaviour;
  readonly instances: number;
}

/** From dispatch to completion of the others, in milliseconds. */
interface Figures {
  readonly median: number;
  readonly p99: number;
}

const WARM_UP_INSTANCES = 200;
const HANDLER_MS = 2;

/** What one instance that is in trouble does to the others. */
export const poisonCase = defineCase<Input, Figures>({
  name: "poison",
  measure: async ({ behaviour, instances }, { folder }) => {
    await runInstances(join(folder, "warm-up.db"), WARM_UP_INSTANCES, "the same as the others");
    return runInstances(join(folder, "measured.db"), instances, behaviour);
  },
  run: async ({ isQuick, rounds, measure }) => {
    const instances = isQuick ? 300 : 1_000;
    const measured = await repeat(rounds, async () => ({
      failing: await measure({ behaviour: "always fails", instances }),
      without: await measure({ behaviour: "the same as the others", instances }),
      hanging: await measure({ behaviour: "hangs until its signal aborts", instances }),
    }));
    const compareWith = (name: "failing" | "hanging", what: string) => {
      const pairs = measured.map((figures) => ({ ours: figures[name], against: figures.without }));
      const label = `${instances - 1} beside one that ${what}, against without, ms`;
      return [compare(`${label}, p50`, pairs, ({ median }) => median), compare(`${label}, p99`, pairs, ({ p99 }) => p99)];
    };
    return [...compareWith("failing", "always fails"), ...compareWith("hanging", "hangs")];
  },
});

async function runInstances(path: string, instances: number, behaviour: Behaviour): Promise<Figures> {
  const peculiar = `order-${Math.floor(instances / 2)}`;
  const dispatchedAt = new Map<string, number>();
  const tookMs: number[] = [];
  const misbehave = behaviours[behaviour];
  const definition = defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "7d",
    on: {
      OrderPlaced: async ({ event, signal }: HandlerArgs) => {
        await new Promise((resolve) => setTimeout(resolve, HANDLER_MS));
        if (event.aggregateId === peculiar) await misbehave(signal);
      },
    },
  });
  const system = await createProcessSystem({
    definitions: [definition],
    store: { path },
    processes: { retry: { initialDelay: "5ms", maxRetries: 3 }, handlerTimeout: "200ms" },
  });
  system.processes.subscribe(({ kind, aggregateId }) => {
    if (kind === "completed" && aggregateId !== peculiar) tookMs.push(performance.now() - dispatchedAt.get(aggregateId)!);
  });
  await system.start();
  for (let number = 0; number < instances; number += 1) {
    const aggregateId = `order-${number}`;
    dispatchedAt.set(aggregateId, performance.now());
    await system.dispatch([
      { type: "OrderPlaced", aggregateId },
      { type: "OrderFulfilled", aggregateId },
    ]);
  }
  const isPeculiar = behaviour !== "the same as the others";
  await system.processes.waitFor({ aggregateId: peculiar }, { status: isPeculiar ? "failed" : "completed" });
  await system.whenIdle();
  expectEqual("other instances that completed", tookMs.length, instances - 1);
  expectEqual("dead letters", (await system.lag()).deadLetters, isPeculiar ? 1 : 0);
  await system.stop();
  const ascending = tookMs.toSorted((a, b) => a - b);
  return { median: percentile(ascending, 0.5), p99: percentile(ascending, 0.99) };
}

const behaviours: Readonly<Record<Behaviour, (signal: AbortSignal) => Promise<void>>> = {
  "the same as the others": async () => {},
  "always fails": async () => {
    throw new Error("always fails");
  },
  "hangs until its signal aborts": (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("aborted")));
    }),
};
