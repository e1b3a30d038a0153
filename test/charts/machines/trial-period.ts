import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** A trial waits for a card and an address in either order, reminds every eight hours, and ends after two days. */
const machine = setup({
  types: {
    context: {} as { readonly reminders: number; readonly last4: string | null },
    events: {} as
      | { readonly type: "TrialStarted" | "AddressAdded" | "Paused" | "Resumed" }
      | { readonly type: "CardAdded"; readonly payload: { readonly last4: string } },
  },
  actions: { remind: (_args, _params: { readonly time: number }) => {}, welcome: () => {}, note: () => {} },
}).createMachine({
  id: "trial",
  context: { reminders: 0, last4: null },
  initial: "running",
  states: {
    running: {
      initial: "waiting",
      after: { "2d": "expired" },
      on: { Paused: "paused" },
      states: {
        waiting: {
          type: "parallel",
          after: {
            28_800_000: {
              actions: [
                { type: "remind", params: ({ context }) => ({ time: context.reminders + 1 }) },
                assign({ reminders: ({ context }) => context.reminders + 1 }),
              ],
              target: "reminded",
            },
          },
          states: {
            card: {
              initial: "missing",
              states: {
                missing: {
                  on: { CardAdded: { target: "added", actions: assign({ last4: ({ event }) => event.payload.last4 }) } },
                  after: { "3h": { actions: "note" } },
                },
                added: { type: "final" },
              },
            },
            address: {
              initial: "missing",
              states: { missing: { on: { AddressAdded: "added" } }, added: { type: "final" } },
            },
          },
          onDone: "ready",
        },
        reminded: { on: { CardAdded: "where", AddressAdded: "where" }, always: "where" },
        where: { always: [{ guard: ({ context }) => context.reminders > 2, target: "#trial.expired" }, { target: "waiting" }] },
        ready: { always: "#trial.active" },
        before: { type: "history", history: "deep" },
      },
    },
    paused: { on: { Resumed: "running.before" } },
    active: { entry: "welcome", type: "final" },
    expired: { type: "final" },
  },
});

export const trialPeriod: ChartCase = {
  machine,
  start: { type: "TrialStarted" },
  events: [{ type: "CardAdded", payload: { last4: "4242" } }, { type: "AddressAdded" }, { type: "Paused" }, { type: "Resumed" }],
};
