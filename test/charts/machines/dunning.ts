import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** Letters that come at growing distances, by delays with names of their own. */
const machine = setup({
  types: {
    context: {} as { readonly letters: number; readonly firstHours: number; readonly owed: number },
    input: {} as { readonly firstHours: number; readonly owed: number },
    events: {} as
      | { readonly type: "InvoiceSent" | "Disputed" | "DisputeSettled" }
      | { readonly type: "MoneyCame"; readonly payload: { readonly amount: number } },
  },
  delays: { nextLetter: ({ context }) => context.firstHours * 3_600_000 * 2 ** context.letters, lawyersPatience: 30 * 3_600_000 },
  actions: {
    sendLetter: (_args, _params: { readonly letter: number; readonly owed: number }) => {},
    callLawyer: () => {},
    thank: () => {},
  },
}).createMachine({
  id: "dunning",
  context: ({ input }) => ({ letters: 0, ...input }),
  initial: "open",
  states: {
    open: {
      initial: "waiting",
      after: { lawyersPatience: "lost" },
      always: { guard: ({ context }) => context.owed <= 0, target: "paid" },
      on: {
        MoneyCame: { actions: assign({ owed: ({ context, event }) => context.owed - event.payload.amount }) },
        Disputed: "disputed",
      },
      states: {
        waiting: {
          after: {
            nextLetter: {
              target: "waiting",
              reenter: true,
              actions: [
                assign({ letters: ({ context }) => context.letters + 1 }),
                { type: "sendLetter", params: ({ context }) => ({ letter: context.letters, owed: context.owed }) },
              ],
            },
          },
        },
      },
    },
    disputed: {
      on: { DisputeSettled: "open", MoneyCame: undefined },
      after: { lawyersPatience: { target: "lost", actions: "callLawyer" } },
    },
    paid: { entry: "thank", type: "final" },
    lost: { type: "final" },
  },
});

export const dunning: ChartCase = {
  machine,
  start: { type: "InvoiceSent", payload: { firstHours: 1, owed: 100 } },
  events: [
    { type: "MoneyCame", payload: { amount: 30 } },
    { type: "MoneyCame", payload: { amount: 70 } },
    { type: "Disputed" },
    { type: "DisputeSettled" },
  ],
};
