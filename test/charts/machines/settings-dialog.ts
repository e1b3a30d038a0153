import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** A dialog that some of its pages do not let be closed, because they forbid what the dialog allows. */
const machine = setup({
  types: {
    context: {} as { readonly name: string; readonly draft: string | null },
    events: {} as
      | { readonly type: "DialogOpened" | "Closed" | "Saved" | "EditBegun" | "HelpAsked" }
      | { readonly type: "Typed"; readonly payload: { readonly text: string } },
  },
  actions: {
    "on-closed": () => {},
    store: (_args, _params: { readonly name: string }) => {},
    explain: (_args, _params: { readonly page: string }) => {},
  },
}).createMachine({
  id: "settings",
  context: { name: "", draft: null },
  initial: "shown",
  states: {
    shown: {
      initial: "reading",
      on: {
        Closed: { target: "closed", actions: "on-closed" },
        HelpAsked: { actions: { type: "explain", params: { page: "all" } } },
        Typed: { actions: assign({ draft: ({ event }) => `lost: ${event.payload.text}` }) },
      },
      states: {
        reading: { on: { EditBegun: "editing", Typed: {} } },
        editing: {
          entry: assign({ draft: ({ context }) => context.name }),
          on: {
            Closed: undefined,
            Typed: { actions: assign({ draft: ({ event }) => event.payload.text }) },
            HelpAsked: { actions: { type: "explain", params: { page: "editing" } } },
            Saved: "saving",
          },
        },
        saving: {
          entry: [
            assign({ name: ({ context }) => context.draft ?? "", draft: null }),
            { type: "store", params: ({ context }) => ({ name: context.name }) },
          ],
          on: { Closed: undefined, HelpAsked: undefined },
          after: { "20m": "reading" },
        },
      },
    },
    closed: { after: { "10h": "gone" }, on: { EditBegun: "shown.editing" } },
    gone: { type: "final" },
  },
});

export const settingsDialog: ChartCase = {
  machine,
  start: { type: "DialogOpened" },
  events: [
    ...["Closed", "Saved", "EditBegun", "HelpAsked"].map((type) => ({ type })),
    { type: "Typed", payload: { text: "dark" } },
    { type: "Typed", payload: { text: "light" } },
  ],
};
