import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** A clock that ticks by entering its state anew, can be paused, and keeps laps. */
const machine = setup({
  types: {
    context: {} as { readonly ticks: number; readonly laps: readonly number[] },
    events: {} as { readonly type: "TimerBought" | "Pressed" | "LapTaken" | "Cleared" },
  },
  actions: { beep: (_args, _params: { readonly lap: number }) => {}, show: () => {} },
}).createMachine({
  id: "lap-timer",
  context: { ticks: 0, laps: [] },
  initial: "stopped",
  states: {
    stopped: {
      on: {
        Pressed: "running",
        Cleared: { actions: [assign({ ticks: 0, laps: [] }), "show"] },
      },
    },
    running: {
      after: {
        3_600_000: {
          target: "running",
          reenter: true,
          actions: assign({ ticks: ({ context }) => context.ticks + 1 }),
        },
      },
      exit: "show",
      on: {
        Pressed: "stopped",
        LapTaken: {
          actions: [
            assign({ laps: ({ context }) => [...context.laps, context.ticks] }),
            { type: "beep", params: ({ context }) => ({ lap: context.laps.length }) },
          ],
        },
      },
    },
  },
});

export const lapTimer: ChartCase = {
  machine,
  start: { type: "TimerBought" },
  events: [{ type: "Pressed" }, { type: "LapTaken" }, { type: "Cleared" }],
};
