import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

const note = (what: string) => ({ type: "note" as const, params: { what } });

/** Every state says when it is entered and left, so that the order of it all can be seen; some transitions enter their own state anew. */
const machine = setup({
  types: {
    context: {} as { readonly level: number },
    events: {} as { readonly type: "TicketOpened" | "Escalated" | "Touched" | "Reset" | "Split" | "Solved" | "Answered" },
  },
  actions: { note: (_args, _params: { readonly what: string }) => {}, page: (_args, _params: { readonly level: number }) => {} },
}).createMachine({
  id: "ticket",
  context: { level: 1 },
  initial: "first",
  entry: note("enters ticket"),
  exit: note("leaves ticket"),
  states: {
    first: { entry: note("enters first"), exit: note("leaves first"), on: { Escalated: "deep" }, after: { "90m": "deep.desk.tired" } },
    deep: {
      type: "parallel",
      entry: [note("enters deep"), assign({ level: ({ context }) => context.level + 1 })],
      exit: note("leaves deep"),
      on: {
        Touched: { actions: note("touches deep") },
        Reset: { target: "deep", reenter: true, actions: note("resets") },
        Split: { target: ["deep.desk.tired", "deep.lab.testing"], actions: note("splits") },
        Escalated: { target: ".lab", actions: note("escalates inside") },
      },
      states: {
        desk: {
          initial: "fresh",
          entry: note("enters desk"),
          exit: note("leaves desk"),
          states: {
            fresh: {
              entry: note("enters fresh"),
              exit: note("leaves fresh"),
              after: { "2h": "tired", "100m": { actions: { type: "page", params: { level: 2 } } } },
            },
            tired: { entry: note("enters tired"), exit: note("leaves tired"), on: { Answered: "fresh", Touched: { target: "tired" } } },
          },
        },
        lab: {
          initial: "waiting",
          entry: note("enters lab"),
          exit: note("leaves lab"),
          states: {
            waiting: { entry: note("enters waiting"), exit: note("leaves waiting"), on: { Answered: "testing" } },
            testing: {
              entry: note("enters testing"),
              exit: note("leaves testing"),
              on: { Solved: "#ticket.solved", Touched: { target: "testing", reenter: true } },
            },
          },
        },
      },
    },
    solved: { entry: note("enters solved"), exit: note("leaves solved"), type: "final", output: ({ context }) => `level ${context.level}` },
  },
  output: ({ event }) => (event as unknown as { readonly output: string }).output,
});

export const supportTicket: ChartCase = {
  machine,
  start: { type: "TicketOpened" },
  events: ["Escalated", "Touched", "Reset", "Split", "Solved", "Answered"].map((type) => ({ type })),
};
