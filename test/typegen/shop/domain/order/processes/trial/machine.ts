import { assign, setup } from "xstate";
import type { ProcessManager } from "./+types/machine";

export const machine = setup({
  types: {} as {
    context: { reminders: number; tags: string[] };
    // oxlint-disable-next-line typescript/no-redundant-type-constituents -- the generated types are there when the test runs
    events: ProcessManager.Event<"OrderPlaced" | "PaymentReceived"> | { type: "next"; count: number };
  },
  actions: {
    sendReminder: (_args, _params: { readonly days: number }) => {},
    "on-payment-received": () => {},
    count: assign({ reminders: ({ context }) => context.reminders + 1 }),
  },
  guards: { isLarge: ({ event }) => event.type === "PaymentReceived" && event.payload.cents > 100 },
  delays: { "3d": 259_200_000 },
}).createMachine({
  context: { reminders: 0, tags: [] },
  initial: "waiting",
  states: {
    waiting: {
      after: { "3d": { actions: ["count", { type: "sendReminder", params: { days: 3 } }] } },
      on: { PaymentReceived: { target: "paid", guard: "isLarge", actions: "on-payment-received" } },
    },
    paid: { type: "final" },
  },
});
