import { and, assign, not, setup, stateIn } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** Heating, windows and people side by side. What one of them does depends on where the others are. */
const machine = setup({
  types: {
    context: {} as { readonly degrees: number },
    events: {} as
      | { readonly type: "RoomFurnished" | "WindowOpened" | "WindowShut" | "PeopleCame" | "PeopleLeft" }
      | { readonly type: "Measured"; readonly payload: { readonly degrees: number } },
  },
  guards: { isCold: ({ context }, params: { readonly below: number }) => context.degrees < params.below },
  actions: { heat: () => {}, cool: () => {}, warn: (_args, _params: { readonly degrees: number }) => {} },
}).createMachine({
  id: "climate",
  type: "parallel",
  context: { degrees: 18 },
  on: { Measured: { actions: assign({ degrees: ({ event }) => event.payload.degrees }) } },
  states: {
    heating: {
      initial: "off",
      states: {
        off: {
          always: {
            guard: and([{ type: "isCold", params: { below: 19 } }, stateIn("#shut"), not(stateIn({ people: "away" }))]),
            target: "on",
          },
        },
        on: {
          id: "burning",
          tags: ["warm"],
          entry: "heat",
          exit: "cool",
          always: { guard: not({ type: "isCold", params: { below: 22 } }), target: "off" },
          after: { "5h": { target: "off", guard: stateIn({ people: "away" }) } },
          on: { WindowOpened: "off" },
        },
      },
    },
    window: {
      initial: "shut",
      states: {
        shut: { id: "shut", on: { WindowOpened: "open" } },
        open: {
          tags: ["airy"],
          on: { WindowShut: "shut" },
          after: {
            1_800_000: [
              { guard: stateIn("#burning"), actions: { type: "warn", params: { degrees: 0 } } },
              { actions: { type: "warn", params: ({ context }) => ({ degrees: context.degrees }) } },
            ],
          },
        },
      },
    },
    people: {
      initial: "away",
      states: {
        away: { on: { PeopleCame: "there" } },
        there: { tags: ["busy"], on: { PeopleLeft: { guard: not(stateIn({ window: "open" })), target: "away" } } },
      },
    },
  },
});

export const roomClimate: ChartCase = {
  machine,
  start: { type: "RoomFurnished" },
  events: [
    { type: "Measured", payload: { degrees: 15 } },
    { type: "Measured", payload: { degrees: 25 } },
    ...["WindowOpened", "WindowShut", "PeopleCame", "PeopleLeft"].map((type) => ({ type })),
  ],
};
