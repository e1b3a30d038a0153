import { setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** Lights that change by themselves, with a signal for those on foot while it is red, and that go on where they were after a loss of power. */
const machine = setup({
  types: { events: {} as { readonly type: "LightsInstalled" | "PowerLost" | "PowerBack" | "ButtonPressed" } },
  actions: { switchLamp: (_args, _params: { readonly colour: string }) => {}, callTechnician: () => {} },
}).createMachine({
  id: "crossing",
  initial: "lit",
  states: {
    lit: {
      initial: "green",
      on: { PowerLost: "dark" },
      states: {
        green: {
          entry: { type: "switchLamp", params: { colour: "green" } },
          after: { "1h": "yellow" },
          on: { ButtonPressed: "yellow" },
        },
        yellow: { entry: { type: "switchLamp", params: { colour: "yellow" } }, after: { "10m": "red" } },
        red: {
          entry: { type: "switchLamp", params: { colour: "red" } },
          initial: "walk",
          states: {
            walk: { after: { "30m": "hurry" } },
            hurry: { after: { "15m": "stop" } },
            stop: { type: "final" },
          },
          onDone: "green",
        },
        before: { type: "history" },
      },
    },
    dark: { after: { "2h": { actions: "callTechnician" } }, on: { PowerBack: "lit.before" } },
  },
});

export const streetCrossing: ChartCase = {
  machine,
  start: { type: "LightsInstalled" },
  events: [{ type: "PowerLost" }, { type: "PowerBack" }, { type: "ButtonPressed" }],
  timeoutHours: 60,
};
