import { and, assign, or, raise, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** Coins add up until there are enough; then states follow each other without an event, and events raise each other. */
const machine = setup({
  types: {
    context: {} as { readonly coins: number; readonly price: number; readonly sold: number },
    input: {} as { readonly price: number },
    events: {} as
      | { readonly type: "Filled" | "CoinReturned" | "ChangeDue" }
      | { readonly type: "CoinPut"; readonly payload: { readonly value: number } },
  },
  guards: {
    isPaid: ({ context }) => context.coins >= context.price,
    isOver: ({ context }, params: { readonly by: number }) => context.coins - context.price >= params.by,
    isEmpty: ({ context }) => context.sold >= 4,
  },
  actions: {
    drop: (_args, _params: { readonly number: number }) => {},
    payOut: (_args, _params: { readonly value: number }) => {},
    blink: () => {},
  },
}).createMachine({
  id: "vending",
  context: ({ input }) => ({ coins: 0, price: input.price, sold: 0 }),
  initial: "waiting",
  states: {
    waiting: {
      always: [
        { guard: and(["isPaid", "isEmpty"]), target: "sold_out" },
        { guard: "isPaid", target: "dropping" },
      ],
      on: {
        CoinPut: { actions: [assign({ coins: ({ context, event }) => context.coins + event.payload.value }), "blink"] },
        CoinReturned: { actions: raise({ type: "ChangeDue" }) },
        ChangeDue: {
          actions: [{ type: "payOut", params: ({ context }) => ({ value: context.coins }) }, assign({ coins: 0 })],
        },
      },
    },
    dropping: {
      entry: [
        assign({ sold: ({ context }) => context.sold + 1 }),
        { type: "drop", params: ({ context }) => ({ number: context.sold }) },
        raise(({ context }) => ({ type: "ChangeDue" as const, left: context.coins - context.price })),
      ],
      on: {
        ChangeDue: [
          {
            guard: or([{ type: "isOver", params: { by: 100 } }, and(["isPaid", { type: "isOver", params: { by: 30 } }])]),
            target: "paying",
          },
          { target: "waiting", actions: assign({ coins: ({ context }) => context.coins - context.price }) },
        ],
      },
    },
    paying: {
      entry: [{ type: "payOut", params: ({ context }) => ({ value: context.coins - context.price }) }, assign({ coins: 0 })],
      always: "waiting",
    },
    sold_out: { type: "final", output: ({ context }) => `sold ${context.sold}` },
  },
  output: ({ event }) => (event as unknown as { readonly output: string }).output,
});

export const vendingMachine: ChartCase = {
  machine,
  start: { type: "Filled", payload: { price: 60 } },
  events: [
    { type: "CoinPut", payload: { value: 20 } },
    { type: "CoinPut", payload: { value: 50 } },
    { type: "CoinPut", payload: { value: 200 } },
    { type: "CoinReturned" },
    { type: "ChangeDue" },
  ],
};
