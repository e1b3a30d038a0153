import { assign, raise, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** Three runners side by side hand on to each other by events that they raise, and some go on by themselves when the context allows it. */
const machine = setup({
  types: {
    context: {} as { readonly laps: number; readonly said: readonly string[] },
    events: {} as { readonly type: "RaceCalled" | "Started" | "Handed" | "Stumbled" | "Shouted" },
  },
  actions: { shout: (_args, _params: { readonly runner: string; readonly laps: number }) => {} },
  guards: { isWarm: ({ context }) => context.laps > 0, isFar: ({ context }) => context.laps > 2 },
}).createMachine({
  id: "relay",
  context: { laps: 0, said: [] },
  type: "parallel",
  states: {
    ann: {
      initial: "waiting",
      states: {
        waiting: { on: { Started: { target: "running", actions: assign({ laps: ({ context }) => context.laps + 1 }) } } },
        running: {
          after: { "1h": { target: "resting", actions: raise({ type: "Handed" }) } },
          on: { Stumbled: { target: "waiting", actions: raise({ type: "Shouted" }) } },
        },
        resting: {
          always: {
            guard: "isFar",
            target: "done",
            actions: { type: "shout", params: ({ context }) => ({ runner: "ann", laps: context.laps }) },
          },
          on: { Started: "running", Stumbled: { target: "resting", reenter: true } },
        },
        done: { type: "final" },
      },
    },
    bob: {
      initial: "cold",
      states: {
        cold: {
          always: {
            guard: "isWarm",
            target: "waiting",
            actions: { type: "shout", params: ({ context }) => ({ runner: "bob", laps: context.laps }) },
          },
        },
        waiting: {
          on: {
            Handed: {
              target: "running",
              actions: assign({ laps: ({ context }) => context.laps + 1, said: ({ context }) => [...context.said, "bob"] }),
            },
          },
        },
        running: {
          always: {
            guard: "isFar",
            target: "done",
            actions: { type: "shout", params: ({ context }) => ({ runner: "bob", laps: context.laps }) },
          },
          on: { Handed: "waiting", Stumbled: "cold" },
          after: { "40m": { target: "waiting", actions: [raise({ type: "Handed" }), raise({ type: "Shouted" })] } },
        },
        done: { type: "final" },
      },
    },
    crowd: {
      initial: "quiet",
      states: {
        quiet: { on: { Shouted: { target: "loud", actions: assign({ said: ({ context }) => [...context.said, "crowd"] }) } } },
        loud: {
          after: { "3h": "tired" },
          on: { Handed: { actions: { type: "shout", params: ({ context }) => ({ runner: "crowd", laps: context.said.length }) } } },
        },
        tired: { type: "final" },
      },
    },
  },
});

export const relayRace: ChartCase = {
  machine,
  start: { type: "RaceCalled" },
  events: ["Started", "Handed", "Stumbled", "Shouted"].map((type) => ({ type })),
};
