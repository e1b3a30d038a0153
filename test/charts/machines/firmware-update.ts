import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** States and ids with dots and backslashes in their names, timers that are due at once, and a history of all that. */
const machine = setup({
  types: {
    context: {} as { readonly tries: number },
    events: {} as { readonly type: "BoxPlugged" | "VersionOut" | "PlugPulled" | "PlugBack" | "Wiped" },
  },
  actions: { flash: (_args, _params: { readonly version: string }) => {}, blink: () => {} },
  // Plain XState reads no durations, so the delays have their milliseconds here.
  delays: { "20h": 72_000_000, "4h": 14_400_000, "1h": 3_600_000, "1.5h": 5_400_000, "9h": 32_400_000, atOnce: () => 0 },
  guards: { isHopeless: ({ context }) => context.tries > 2 },
}).createMachine({
  id: "box.firmware",
  context: { tries: 0 },
  initial: "plugged.in",
  states: {
    "plugged.in": {
      type: "parallel",
      on: { PlugPulled: "dark" },
      states: {
        "v1.x": {
          initial: "v1.0",
          states: {
            "v1.0": { on: { VersionOut: "v1\\.1" }, after: { "20h": { actions: "blink" } } },
            "v1.1": {
              entry: { type: "flash", params: { version: "1.1" } },
              after: { atOnce: "v1\\.1\\.check" },
            },
            "v1.1.check": {
              entry: assign({ tries: ({ context }) => context.tries + 1 }),
              after: { atOnce: [{ guard: "isHopeless", target: "c:\\\\temp" }, { target: "v1\\.0" }] },
            },
            "c:\\temp": { id: "box.temp", after: { "4h": "v1\\.0" }, on: { VersionOut: { target: "#box\\.firmware" } } },
            "last.one": { type: "history" },
          },
        },
        led: { initial: "on", states: { on: { after: { "1h": "off" } }, off: { after: { "1.5h": "on" } } } },
        "all.of.it": { id: "whole", type: "history", history: "deep" },
      },
    },
    dark: { on: { PlugBack: "#whole", Wiped: { target: "plugged\\.in" } }, after: { "9h": "first\\.only" } },
    "first.only": { on: { PlugBack: "dark" } },
  },
});

export const firmwareUpdate: ChartCase = {
  machine,
  start: { type: "BoxPlugged" },
  events: ["VersionOut", "PlugPulled", "PlugBack", "Wiped"].map((type) => ({ type })),
};
