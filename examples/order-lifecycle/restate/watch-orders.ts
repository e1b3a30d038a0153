import { setTimeout } from "node:timers/promises";
import type { ProcessSystem } from "perdure";
import { StoryError } from "../demo/check.ts";
import type { Chronicle } from "../demo/chronicle.ts";

/** Reads the journals of orders again and again, because no client of Restate is told of steps. */
export interface Watch extends AsyncDisposable {
  add(order: string): void;
}

export function watchOrders(
  { processes }: Pick<ProcessSystem, "processes">,
  { onStep, onLost }: Pick<Chronicle, "onStep" | "onLost">,
): Watch {
  const orders = new Set<string>();
  const told = new Map<string, number>();
  let isOver = false;

  const look = async (order: string) => {
    for (const { processId, process, aggregateId } of await processes.find({ process: "order/order-lifecycle", aggregateId: order })) {
      const history = await processes.history(processId);
      for (const entry of history.slice(told.get(processId) ?? 0)) onStep({ tell: "step", step: { ...entry, process, aggregateId } });
      told.set(processId, history.length);
    }
  };
  const watching = (async () => {
    while (!isOver) {
      for (const order of orders) await look(order);
      await setTimeout(PAUSE_MS);
    }
  })().catch((error: unknown) => onLost(new StoryError(`the journals cannot be read: ${String(error)}`)));

  return {
    add: (order) => void orders.add(order),
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      await watching;
    },
  };
}

const PAUSE_MS = 100;
