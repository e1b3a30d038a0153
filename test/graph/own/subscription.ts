import { defineProcess, type ProcessDefinition } from "perdure";
import { assign, raise, setup, stateIn } from "xstate";

/** A machine with everything that a picture has to show. */
export const subscription = setup({
  types: {} as {
    context: { email: string; charges: number };
    events:
      | { type: "TrialStarted"; payload: { email: string } }
      | { type: "CardAdded" }
      | { type: "AddressConfirmed" }
      | { type: "SubscriptionPaused" }
      | { type: "SubscriptionResumed" }
      | { type: "SubscriptionCancelled" }
      | { type: "CardExpired" };
  },
  guards: { canChargeAgain: ({ context }) => context.charges < 3 },
  actions: {
    "on-trial-started": () => {},
    sendReminder: () => {},
    sayGoodbye: () => {},
    countCharge: assign({ charges: ({ context }) => context.charges + 1 }),
  },
}).createMachine({
  id: "subscription",
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
          on: { TrialStarted: { actions: ["on-trial-started", assign({ email: ({ event }) => event.payload.email })] } },
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
            src: "chargeCard" as never,
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
});

/** A definition as the loader makes it of a folder with a `machine.ts`. */
export function defineChart(
  machine: unknown,
  options: { readonly actions?: readonly string[]; readonly timeout?: "365d" | "36500d" } = {},
): ProcessDefinition {
  const skeleton = defineProcess({
    aggregate: "customer",
    name: "subscription",
    startedBy: ["TrialStarted"],
    timeout: options.timeout ?? "365d",
    on: {},
  });
  const actions = (options.actions ?? ["on-trial-started", "sendReminder", "sayGoodbye"]).map(
    (name) => [name, { name, run: () => {}, description: undefined, file: undefined }] as const,
  );
  return { ...skeleton, chart: { machine, actions: new Map(actions), events: [], invoked: ["chargeCard"] } };
}
