import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** A switch that counts, and whose lamp burns out after so many times. */
const machine = setup({
  types: {
    context: {} as { readonly times: number; readonly most: number },
    input: {} as { readonly most: number },
    events: {} as { readonly type: "LampBought" | "Pressed" },
  },
  actions: { shine: (_args, _params: { readonly time: number }) => {}, mourn: () => {} },
  guards: { isWornOut: ({ context }) => context.times >= context.most },
}).createMachine({
  id: "lamp",
  context: ({ input }) => ({ times: 0, most: input.most }),
  initial: "off",
  states: {
    off: { on: { Pressed: "on" } },
    on: {
      entry: [
        assign({ times: ({ context }) => context.times + 1 }),
        { type: "shine", params: ({ context }) => ({ time: context.times }) },
        assign({ times: ({ context }) => context.times }),
      ],
      always: { guard: "isWornOut", target: "broken" },
      on: { Pressed: "off" },
    },
    broken: { entry: "mourn", type: "final" },
  },
  output: ({ context }) => context.times,
});

export const lampSwitch: ChartCase = {
  machine,
  start: { type: "LampBought", payload: { most: 3 } },
  events: [{ type: "Pressed" }],
};
