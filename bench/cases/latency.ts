import { join } from "node:path";
import { defineCase, interleave } from "../bench-case.ts";
import { checkLifecycles, expectEqual } from "../check.ts";
import { feedAtRate } from "../feed.ts";
import { openProgram } from "../open-program.ts";
import type { OrderEvent } from "../orders.ts";
import type { ProgramName } from "../program.ts";
import { compare } from "../row.ts";
import { percentile } from "../statistics.ts";
import { warmUp } from "../warm-up.ts";

interface Input {
  readonly program: ProgramName;
  readonly orders: number;
  /** Whether events come with ids. Perdure stores those before it handles them. */
  readonly areNamed: boolean;
}

/** In milliseconds from the call of `dispatch`. */
interface Figures {
  readonly acceptedMedian: number;
  readonly accepted99: number;
  readonly storedMedian: number;
  readonly stored99: number;
}

const EVENTS_PER_SECOND = 30;

/** How long one event takes while hardly anything else is going on. The ceiling's events are accepted when they are stored. */
export const latencyCase = defineCase<Input, Figures>({
  name: "latency",
  measure: async ({ program: name, orders, areNamed }, { folder }) => {
    await warmUp(name, folder);
    const dispatchedAt = new Map<string, number>();
    const accepted: number[] = [];
    const stored: number[] = [];
    const nameOf = ({ aggregateId, type }: Pick<OrderEvent, "aggregateId" | "type">) => `${aggregateId}-${type}`;
    const onStored = (event: Pick<OrderEvent, "aggregateId" | "type">) => stored.push(performance.now() - dispatchedAt.get(nameOf(event))!);
    const program = await openProgram(name, { path: join(folder, "measured.db"), onStored });
    const dispatch = async (event: OrderEvent) => {
      const startedAt = performance.now();
      dispatchedAt.set(nameOf(event), startedAt);
      await program.dispatch(areNamed ? { ...event, eventId: nameOf(event) } : event);
      accepted.push(performance.now() - startedAt);
    };
    await feedAtRate(dispatch, orders, EVENTS_PER_SECOND);
    await program.whenIdle();
    await checkLifecycles(program, orders);
    expectEqual("events that were stored", stored.length, accepted.length);
    await program.stop();
    const [ascendingAccepted, ascendingStored] = [accepted, stored].map((values) => values.toSorted((a, b) => a - b)) as [
      number[],
      number[],
    ];
    return {
      acceptedMedian: percentile(ascendingAccepted, 0.5),
      accepted99: percentile(ascendingAccepted, 0.99),
      storedMedian: percentile(ascendingStored, 0.5),
      stored99: percentile(ascendingStored, 0.99),
    };
  },
  run: async ({ isQuick, rounds, measure }) => {
    const seconds = isQuick ? 5 : 60;
    const orders = Math.round((seconds * EVENTS_PER_SECOND) / 3 / rounds);
    const measureFor = async (areNamed: boolean) => {
      const pairs = await interleave(
        rounds,
        () => measure({ program: "perdure", orders, areNamed }),
        () => measure({ program: "ceiling", orders, areNamed }),
      );
      const label = `${EVENTS_PER_SECOND} events/s${areNamed ? " with ids" : ""}, ms from dispatch to`;
      return [
        compare(`${label} accepted, p50`, pairs, ({ acceptedMedian }) => acceptedMedian),
        compare(`${label} accepted, p99`, pairs, ({ accepted99 }) => accepted99),
        compare(`${label} handled and stored, p50`, pairs, ({ storedMedian }) => storedMedian, {
          of: "ratio",
          better: "lower",
          must: areNamed ? 3 : 2,
          aim: areNamed ? 2 : 1.5,
        }),
        compare(`${label} handled and stored, p99`, pairs, ({ stored99 }) => stored99),
      ];
    };
    return [...(await measureFor(false)), ...(await measureFor(true))];
  },
});
