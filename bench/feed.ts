import { createOrderEvent, lifecycle, type OrderEvent } from "./orders.ts";
import type { Program } from "./program.ts";

/** Each caller takes the next order and dispatches its events one after another, awaiting each. */
export async function feedByCallers(program: Program, orders: number, callers: number): Promise<void> {
  await takeTurns(orders, callers, async (order) => {
    for (const type of lifecycle) await program.dispatch(createOrderEvent(order, type));
  });
}

/**
 * The same for `milliseconds`, with orders from number `first`: no order is begun after that, and each that was begun is dispatched in full.
 * Returns how many.
 */
export async function feedForAWhile(
  dispatch: (event: OrderEvent) => Promise<unknown>,
  { first, callers, milliseconds }: { readonly first: number; readonly callers: number; readonly milliseconds: number },
): Promise<number> {
  const until = performance.now() + milliseconds;
  let orders = 0;
  const call = async () => {
    while (performance.now() < until) {
      const order = first + orders;
      orders += 1;
      for (const type of lifecycle) await dispatch(createOrderEvent(order, type));
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return orders;
}

/** Each caller takes the next turn, from 0, when it has made its last one. */
export async function takeTurns(turns: number, callers: number, take: (turn: number) => Promise<void>): Promise<void> {
  let next = 0;
  const call = async () => {
    for (let turn = next++; turn < turns; turn = next++) await take(turn);
  };
  await Promise.all(Array.from({ length: callers }, call));
}

/** Dispatches the first event of `size` orders in one list, then the second of each, then the third; then the next orders. */
export async function feedByLists(program: Program, orders: number, size: number): Promise<void> {
  for (let first = 0; first < orders; first += size) {
    const numbers = Array.from({ length: Math.min(size, orders - first) }, (_, index) => first + index);
    for (const type of lifecycle) await program.dispatchList(numbers.map((order) => createOrderEvent(order, type)));
  }
}

/** Dispatches one event after another at even distances, whatever becomes of them. Resolves when all are accepted. */
export async function feedAtRate(dispatch: (event: OrderEvent) => Promise<unknown>, orders: number, perSecond: number): Promise<void> {
  const events = orders * lifecycle.length;
  const accepted: Promise<unknown>[] = [];
  const startedAt = performance.now();
  while (accepted.length < events) {
    const dueMs = (accepted.length / perSecond) * 1000 - (performance.now() - startedAt);
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    else
      accepted.push(
        dispatch(createOrderEvent(Math.floor(accepted.length / lifecycle.length), lifecycle[accepted.length % lifecycle.length]!)),
      );
  }
  await Promise.all(accepted);
}
