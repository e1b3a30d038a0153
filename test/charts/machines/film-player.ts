import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** A call interrupts a film, which goes on where it was, at any depth. A short history knows the outer state alone. */
const machine = setup({
  types: {
    context: {} as { readonly calls: number },
    events: {} as { readonly type: "FilmChosen" | "Pressed" | "CallCame" | "CallEnded" | "Rewound" | "ChapterSkipped" },
  },
  actions: { play: () => {}, mute: () => {}, ring: (_args, _params: { readonly call: number }) => {} },
}).createMachine({
  id: "film",
  context: { calls: 0 },
  initial: "watching",
  states: {
    watching: {
      initial: "picture",
      on: {
        CallCame: {
          target: "talking",
          actions: [
            assign({ calls: ({ context }) => context.calls + 1 }),
            { type: "ring", params: ({ context }) => ({ call: context.calls }) },
          ],
        },
      },
      states: {
        picture: {
          initial: "playing",
          states: {
            playing: {
              initial: "opening",
              entry: "play",
              exit: "mute",
              on: { Pressed: "paused" },
              states: {
                opening: { after: { "1h": "middle" }, on: { ChapterSkipped: "middle" } },
                middle: { after: { "2h": "credits" }, on: { ChapterSkipped: "credits" } },
                credits: {},
              },
            },
            paused: { on: { Pressed: "playing" }, after: { "6h": "playing.opening" } },
          },
        },
        menu: { on: { Pressed: "picture" } },
        exact: { type: "history", history: "deep" },
        rough: { type: "history", history: "shallow", target: "menu" },
      },
    },
    talking: { on: { CallEnded: "watching.exact", Rewound: "watching.rough" } },
  },
});

export const filmPlayer: ChartCase = {
  machine,
  start: { type: "FilmChosen" },
  events: ["Pressed", "CallCame", "CallEnded", "Rewound", "ChapterSkipped"].map((type) => ({ type })),
};
