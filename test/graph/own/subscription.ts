import { defineProcess, type ProcessDefinition } from "perdure";
import { type AnyEventObject, type AnyStateMachine, assign, createMachine, raise, stateIn } from "xstate";

/** A machine with everything that a picture has to show. */
export const subscription = createMachine(
  {
    id: "subscription",
    types: {} as { context: { email: string; charges: number }; events: AnyEventObject },
    description: "A trial that becomes a subscription.",
    context: { email: "", charges: 0 },
    initial: "active",
    on: { SubscriptionCancelled: { target: ".cancelled", actions: "sayGoodbye" } },
    states: {
      active: {
        initial: "onboarding",
        on: { SubscriptionPaused: "paused" },
        states: {
          onboarding: {
            description: "What the customer still has to tell.",
            type: "parallel",
            on: { TrialStarted: { actions: ["on-trial-started", assign({ email: ({ event }) => event.payload.email as string })] } },
            onDone: "charging",
            after: { "30d": "#subscription.expired" },
            states: {
              card: {
                initial: "missing",
                states: {
                  missing: {
                    on: { CardAdded: "known" },
                    after: { "3d": { actions: "sendReminder" }, "10d": { actions: "sendReminder" } },
                  },
                  known: { type: "final" },
                },
              },
              address: {
                initial: "missing",
                states: { missing: { on: { AddressConfirmed: "confirmed" } }, confirmed: { type: "final" } },
              },
            },
          },
          charging: {
            entry: "countCharge",
            invoke: {
              src: "chargeCard",
              onDone: "subscribed",
              onError: [{ guard: "canChargeAgain", target: "dunning" }, "#subscription.expired"],
            },
          },
          dunning: { tags: "late", exit: "sendReminder", after: { "2d": "charging" }, on: { CardAdded: "charging" } },
          subscribed: { after: { "4w": "charging" }, on: { CardExpired: { target: "dunning", guard: stateIn("#subscription.active") } } },
          memory: { type: "history", history: "deep", target: "onboarding" },
        },
      },
      paused: { on: { SubscriptionResumed: "active.memory" }, after: { "90d": { actions: raise({ type: "SubscriptionCancelled" }) } } },
      cancelled: { type: "final" },
      expired: { type: "final" },
    },
  },
  {
    guards: { canChargeAgain: ({ context }) => context.charges < 3 },
    actions: {
      "on-trial-started": () => {},
      sendReminder: () => {},
      sayGoodbye: () => {},
      countCharge: assign({ charges: ({ context }) => context.charges + 1 }),
    },
  },
);

/** A process with a chart of its own, made in code. */
export function defineChart(machine: unknown, { timeout = "365d" }: { readonly timeout?: "365d" | "36500d" } = {}): ProcessDefinition {
  const actions = Object.fromEntries(["on-trial-started", "sendReminder", "sayGoodbye"].map((name) => [name, () => {}]));
  const options = { aggregate: "customer", name: "subscription", startedBy: ["TrialStarted"], timeout, actions } as const;
  return defineProcess({ ...options, machine: machine as AnyStateMachine });
}
