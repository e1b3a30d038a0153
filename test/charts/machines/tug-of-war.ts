import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** Two teams that move without an event as soon as they may, and both want to end the game: the first in the chart has its way. */
const machine = setup({
  types: {
    context: {} as { readonly whistles: number },
    events: {} as { readonly type: "RopeLaid" | "LeftReady" | "RightReady" | "Whistled" | "Swapped" },
  },
  guards: { isOn: ({ context }) => context.whistles % 2 === 1, isLong: ({ context }) => context.whistles > 3 },
  actions: { pull: (_args, _params: { readonly team: string; readonly whistles: number }) => {} },
}).createMachine({
  id: "tug",
  context: { whistles: 0 },
  initial: "game",
  states: {
    game: {
      type: "parallel",
      on: {
        Whistled: { actions: assign({ whistles: ({ context }) => context.whistles + 1 }) },
        Swapped: { target: ".left", reenter: true },
      },
      states: {
        left: {
          initial: "resting",
          states: {
            resting: { on: { LeftReady: "ready" } },
            ready: {
              always: [
                { guard: "isLong", target: "#tug.left_won" },
                { guard: "isOn", target: "pulling", actions: { type: "pull", params: ({ context }) => ({ team: "left", ...context }) } },
              ],
            },
            pulling: { on: { LeftReady: "resting", RightReady: "ready" }, after: { "2h": "resting" } },
          },
        },
        right: {
          initial: "resting",
          states: {
            resting: { on: { RightReady: "ready" } },
            ready: {
              always: [
                { guard: "isLong", target: "#tug.right_won" },
                { guard: "isOn", target: "pulling", actions: { type: "pull", params: ({ context }) => ({ team: "right", ...context }) } },
              ],
            },
            pulling: { on: { RightReady: "resting", Whistled: "ready" }, after: { "3h": "resting" } },
          },
        },
      },
    },
    left_won: { type: "final" },
    right_won: { type: "final" },
  },
});

export const tugOfWar: ChartCase = {
  machine,
  start: { type: "RopeLaid" },
  events: ["LeftReady", "RightReady", "Whistled", "Swapped"].map((type) => ({ type })),
  forgetsOrder: true,
};
