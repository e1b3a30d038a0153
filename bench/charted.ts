import { defineProcess, durations, type ProcessDefinition } from "perdure";
import { createMachine } from "xstate";
import { waiting } from "./waiting.ts";

/** What `waiting` does, as a chart: the instance waits with four timers, of which two are in parallel states. */
const machine = createMachine(
  {
    initial: "waiting",
    states: {
      waiting: {
        on: { OrderFulfilled: "fulfilled", PaymentReceived: { actions: ["notePayment"] } },
        after: { "5d": { actions: ["remind"] }, "6d": { actions: ["remind"] } },
        type: "parallel",
        states: {
          payment: { initial: "open", states: { open: { after: { "4d": "late" } }, late: {} } },
          parcel: { initial: "open", states: { open: { after: { "3d": "late" } }, late: {} } },
        },
      },
      fulfilled: { type: "final" },
    },
  },
  { delays: durations("3d", "4d", "5d", "6d") },
);

export const charted = defineProcess({
  aggregate: "order",
  name: "charted",
  startedBy: ["OrderPlaced"],
  machine,
  actions: { notePayment: async () => {}, remind: async () => {} },
  timeout: "7d",
});

/** The processes whose instances wait. */
export const waitingProcesses = { waiting, charted } satisfies Readonly<Record<string, ProcessDefinition>>;

export type WaitingProcess = keyof typeof waitingProcesses;
