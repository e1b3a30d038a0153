import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

const aside = {
  actions: { type: "putAside" as const, params: ({ event }: { readonly event: { readonly type: string } }) => ({ type: event.type }) },
};

/** What no state wants for itself is taken by the chart around, unless a state inside has forbidden it. */
const machine = setup({
  types: {
    context: {} as { readonly strange: readonly string[]; readonly bills: number },
    events: {} as { readonly type: "DeskSet" | "BillCame" | "CardCame" | "ParcelCame" | "LunchBegan" | "LunchEnded" },
  },
  actions: { putAside: (_args, _params: { readonly type: string }) => {}, pay: () => {}, sigh: () => {} },
}).createMachine({
  id: "sorter",
  context: { strange: [], bills: 0 },
  initial: "working",
  on: { BillCame: aside, CardCame: aside, ParcelCame: aside, LunchBegan: aside },
  states: {
    working: {
      on: {
        BillCame: { actions: [assign({ bills: ({ context }) => context.bills + 1 }), "pay"] },
        LunchBegan: "resting",
        CardCame: undefined,
      },
      after: { 25_200_000: { actions: "sigh" } },
    },
    resting: {
      after: { 3_600_000: "working" },
      on: {
        LunchEnded: "working",
        ParcelCame: {
          actions: assign({ strange: ({ context, event }) => [...context.strange, event.type] }),
          target: "resting",
          reenter: true,
        },
      },
      exit: "sigh",
    },
  },
});

export const letterSorter: ChartCase = {
  machine,
  start: { type: "DeskSet" },
  events: ["BillCame", "CardCame", "ParcelCame", "LunchBegan", "LunchEnded"].map((type) => ({ type })),
};
