import { assign, log, raise, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** A timer of the whole chart, and several of the same kind that are raised without a name and wait side by side. */
const machine = setup({
  types: {
    context: {} as { readonly best: number; readonly echoes: readonly number[] },
    input: {} as { readonly least: number },
    events: {} as
      | { readonly type: "AuctionOpened" | "HammerFell" }
      | { readonly type: "BidMade" | "BidHeard"; readonly payload: { readonly amount: number } },
    output: {} as number,
  },
  actions: {
    announce: (_args, _params: { readonly amount: number }) => {},
    open: () => {},
    close: (_args, _params: { readonly best: number }) => {},
  },
}).createMachine({
  id: "auction",
  context: ({ input }) => ({ best: input.least, echoes: [] }),
  initial: "open",
  after: { "1.5d": ".closed" },
  entry: "open",
  states: {
    open: {
      after: { "11h": "closed" },
      on: {
        BidMade: {
          guard: ({ context, event }) => event.payload.amount > context.best,
          target: "open",
          reenter: true,
          actions: [
            assign({ best: ({ event }) => event.payload.amount }),
            log(({ event }) => `bid ${event.payload.amount}`),
            raise(({ event }) => ({ type: "BidHeard" as const, payload: event.payload }), {
              delay: ({ event }) => event.payload.amount * 600_000,
            }),
          ],
        },
        BidHeard: {
          actions: [
            assign({ echoes: ({ context, event }) => [...context.echoes, event.payload.amount] }),
            { type: "announce", params: ({ event }) => event.payload },
          ],
        },
        HammerFell: "closed",
      },
    },
    closed: { type: "final", entry: { type: "close", params: ({ context }) => ({ best: context.best }) } },
  },
  output: ({ context }) => context.best,
});

export const auction: ChartCase = {
  machine,
  start: { type: "AuctionOpened", payload: { least: 2 } },
  events: [
    ...[3, 5, 8, 13, 21].map((amount) => ({ type: "BidMade", payload: { amount } })),
    { type: "BidHeard", payload: { amount: 1 } },
    { type: "HammerFell" },
  ],
};
