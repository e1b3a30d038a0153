import { fromPromise, setup } from "xstate";
import type { InsuranceInput } from "../../../../plan.ts";

const unused = fromPromise<unknown, object>(() => Promise.reject(new Error("it is there for its types alone")));

/** An insurance that a trip asks for: it ends as signed or as refused, times out, or is cancelled. */
export const machine = setup({
  types: { context: {} as InsuranceInput, input: {} as InsuranceInput },
  actors: { askTerms: unused },
  actions: { note: (_args, _params: { readonly place: string }) => {} },
  delays: { hurry: ({ context }) => context.hurryMs },
}).createMachine({
  id: "insurance",
  context: ({ input }) => input,
  initial: "asking",
  states: {
    asking: {
      entry: { type: "note", params: { place: "asking" } },
      after: { hurry: { actions: { type: "note", params: { place: "hurry" } } } },
      invoke: { id: "terms", src: "askTerms", input: ({ context }) => context.terms, onDone: "signed", onError: "refused" },
    },
    signed: { type: "final", entry: { type: "note", params: { place: "signed" } } },
    refused: { type: "final" },
  },
});
