import { durations } from "perdure";
import { assign, setup } from "xstate";

export const machine = setup({
  // Named here, and done by the handlers in actions/.
  actions: { "on-order-placed": () => {}, remindOfPayment: () => {}, printLabel: () => {}, askForReview: () => {}, sayGoodbye: () => {} },
  guards: {
    hasReminderLeft: ({ context }) => context.reminders < 2,
    isAnyLeft: ({ event }) => event.output.left >= 0,
  },
  delays: durations("20s", "45s", "30s"),
}).createMachine({
  initial: "open",
  context: ({ input }) => ({ ...input, paid: false, reminders: 0, parcel: "" }),
  states: {
    // Payment and stock, in whatever order.
    open: {
      type: "parallel",
      on: { OrderPlaced: { actions: "on-order-placed" }, OrderCancelled: "cancelled" },
      onDone: "packing",
      states: {
        payment: {
          initial: "awaited",
          states: {
            awaited: {
              on: { PaymentReceived: { target: "received", actions: assign({ paid: true }) } },
              after: {
                "20s": {
                  guard: "hasReminderLeft",
                  target: "awaited",
                  reenter: true,
                  actions: [assign({ reminders: ({ context }) => context.reminders + 1 }), "remindOfPayment"],
                },
                "45s": "#fulfilment.expired",
              },
            },
            received: { type: "final" },
          },
        },
        stock: {
          initial: "reserving",
          states: {
            reserving: {
              invoke: {
                src: "reserveStock",
                input: ({ context }) => ({ item: context.item }),
                onDone: [{ guard: "isAnyLeft", target: "reserved" }, { target: "#fulfilment.cancelled" }],
                onError: "#fulfilment.cancelled",
              },
            },
            reserved: { type: "final" },
          },
        },
      },
    },
    packing: {
      entry: "printLabel",
      on: { OrderPacked: { target: "onItsWay", actions: assign({ parcel: ({ event }) => event.payload.parcel }) } },
    },
    onItsWay: {
      on: { ParcelDelivered: "delivered" },
      after: { "30s": "delivered" },
    },
    delivered: { type: "final", entry: "askForReview" },
    cancelled: { type: "final", entry: "sayGoodbye" },
    expired: { type: "final", entry: "sayGoodbye" },
  },
  id: "fulfilment",
});
