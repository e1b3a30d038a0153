import { durations } from "perdure";
import { assign, fromPromise, setup } from "xstate";
import type { ProcessManager } from "./+types/machine";

const CHARGES = 3;
const REMINDERS = 2;

export const machine = setup({
  types: {
    // The payload of the event that begins the trial.
    input: {} as { plan: string; cents: number },
    context: {} as { plan: string; cents: number; card: string; reminders: number; declined: number },
    events: {} as ProcessManager.Event<"TrialStarted" | "CardAdded" | "AddressAdded" | "TrialPaused" | "TrialResumed">,
  },
  // Named here, and done by the handlers in actions/.
  actions: {
    "on-trial-started": () => {},
    sendReminder: (_args, _params: { missing: "card" | "address" }) => {},
    askForAnotherCard: () => {},
    sendReceipt: (_args, _params: { receipt: string }) => {},
    sayGoodbye: () => {},
  },
  // For the types: what runs is the command of this name.
  actors: { chargeCard: fromPromise<{ receipt: string }, { card: string; cents: number }>(() => Promise.reject(new Error("not run"))) },
  guards: {
    hasReminderLeft: ({ context }) => context.reminders < REMINDERS,
    hasChargeLeft: ({ context }) => context.declined + 1 < CHARGES,
  },
  delays: durations("2d", "3d", "6h"),
}).createMachine({
  initial: "collecting",
  context: ({ input }) => ({ ...input, card: "", reminders: 0, declined: 0 }),
  states: {
    // A card and an address, in whatever order. A pause ends the reminders, and leaves what has been given.
    collecting: {
      type: "parallel",
      on: { TrialStarted: { actions: "on-trial-started" }, TrialPaused: "paused" },
      onDone: "charging",
      states: {
        card: {
          initial: "missing",
          states: {
            missing: {
              on: { CardAdded: { target: "given", actions: assign({ card: ({ event }) => event.payload.card }) } },
              after: {
                "3d": {
                  guard: "hasReminderLeft",
                  target: "missing",
                  reenter: true,
                  actions: [
                    assign({ reminders: ({ context }) => context.reminders + 1 }),
                    { type: "sendReminder", params: { missing: "card" } },
                  ],
                },
              },
            },
            given: { type: "final" },
          },
        },
        address: {
          initial: "missing",
          states: {
            missing: {
              on: { AddressAdded: "given" },
              after: { "2d": { actions: { type: "sendReminder", params: { missing: "address" } } } },
            },
            given: { type: "final" },
          },
        },
        before: { type: "history", history: "deep" },
      },
    },
    paused: { on: { TrialResumed: "collecting.before" } },
    charging: {
      invoke: {
        src: "chargeCard",
        input: ({ context: { card, cents } }) => ({ card, cents }),
        onDone: { target: "subscribed", actions: { type: "sendReceipt", params: ({ event }) => ({ receipt: event.output.receipt }) } },
        onError: [
          { guard: ({ event }) => !isDeclined(event.error), target: "unanswered" },
          { guard: "hasChargeLeft", target: "declined", actions: assign({ declined: ({ context }) => context.declined + 1 }) },
          { target: "expired" },
        ],
      },
    },
    // No answer is no no: nobody is asked for another card.
    unanswered: { after: { "6h": "charging" } },
    declined: {
      entry: "askForAnotherCard",
      on: { CardAdded: { target: "charging", actions: assign({ card: ({ event }) => event.payload.card }) } },
      after: { "3d": "charging" },
    },
    subscribed: { type: "final" },
    expired: { type: "final", entry: "sayGoodbye" },
  },
});

/** The error of an invocation is a record of what the command's handler has thrown, and not the error itself. */
function isDeclined(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === "CARD_DECLINED";
}
