import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** States in states whose ends say something to the state around them. */
const machine = setup({
  types: {
    context: {} as { readonly rounds: number; readonly by: readonly string[] },
    events: {} as
      | { readonly type: "DocumentSent" | "Rewritten" }
      | { readonly type: "Judged"; readonly payload: { readonly by: string; readonly isGood: boolean } },
  },
  actions: { inform: (_args, _params: { readonly verdict: string; readonly rounds: number }) => {}, publish: () => {}, file: () => {} },
  guards: { isGood: ({ event }) => event.type === "Judged" && event.payload.isGood },
}).createMachine({
  id: "review",
  context: { rounds: 0, by: [] },
  initial: "reviewing",
  states: {
    reviewing: {
      entry: assign({ rounds: ({ context }) => context.rounds + 1 }),
      exit: "file",
      initial: "language",
      states: {
        language: {
          initial: "reading",
          states: {
            reading: {
              on: {
                Judged: {
                  guard: "isGood",
                  target: "read",
                  actions: assign({ by: ({ context, event }) => [...context.by, event.payload.by] }),
                },
              },
            },
            read: {
              type: "final",
              output: ({ context }: { readonly context: { readonly by: readonly string[] } }) => ({ last: context.by.at(-1) }),
            },
          },
          onDone: {
            target: "content",
            actions: {
              type: "inform",
              params: ({ context, event }) => ({ verdict: JSON.stringify(event.output), rounds: context.rounds }),
            },
          },
        },
        content: {
          after: { "4h": "rejected" },
          on: { Judged: [{ guard: "isGood", target: "approved" }, { target: "rejected" }] },
        },
        approved: { type: "final", output: "approved" },
        rejected: { type: "final", output: "rejected" },
      },
      onDone: [
        { guard: ({ event }) => event.output === "approved", target: "published" },
        {
          target: "rewriting",
          actions: { type: "inform", params: ({ context, event }) => ({ verdict: String(event.output), rounds: context.rounds }) },
        },
      ],
    },
    rewriting: {
      always: { guard: ({ context }) => context.rounds >= 3, target: "abandoned" },
      on: { Rewritten: "reviewing" },
    },
    published: { entry: "publish", type: "final" },
    abandoned: { type: "final" },
  },
});

export const documentReview: ChartCase = {
  machine,
  start: { type: "DocumentSent" },
  events: [
    { type: "Judged", payload: { by: "ada", isGood: true } },
    { type: "Judged", payload: { by: "ben", isGood: true } },
    { type: "Judged", payload: { by: "cleo", isGood: false } },
    { type: "Rewritten" },
  ],
};
