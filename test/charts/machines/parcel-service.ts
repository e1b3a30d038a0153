import { assign, fromPromise, setup } from "xstate";
import type { ChartCase, Work } from "../chart-case.ts";

// It gives the types alone: Perdure runs the command of that name.
const command = fromPromise<{ readonly by: string }, Work>(() => Promise.reject(new Error("this is not run")));

/** What states ask for and wait for, side by side and one after the other; leaving such a state calls it off. */
const machine = setup({
  types: {
    context: {} as { readonly hours: number; readonly stock: number; readonly said: readonly string[]; readonly tries: number },
    events: {} as
      | { readonly type: "ParcelOrdered" | "Restocked" | "CardChanged" | "Halted" | "Resumed" }
      | { readonly type: "RoadsChanged"; readonly payload: { readonly hours: number } },
  },
  actors: { reserveStock: command, chargeCard: command, sendParcel: command },
  actions: { tell: (_args, _params: { readonly what: string; readonly by: string }) => {}, complain: () => {} },
  guards: { isTired: ({ context }) => context.tries > 3 },
}).createMachine({
  id: "parcel",
  context: { hours: 1, stock: 0, said: [], tries: 0 },
  initial: "packing",
  on: { RoadsChanged: { actions: assign({ hours: ({ event }) => event.payload.hours }) } },
  states: {
    packing: {
      type: "parallel",
      on: { Halted: "halted" },
      states: {
        stock: {
          initial: "asking",
          states: {
            asking: {
              invoke: {
                src: "reserveStock",
                input: ({ context }) => ({ hours: context.hours, isGood: context.stock > 0 }),
                onDone: {
                  target: "had",
                  actions: [
                    assign({ said: ({ context, event }) => [...context.said, event.output.by] }),
                    { type: "tell", params: ({ event }) => ({ what: "reserved", by: event.output.by }) },
                  ],
                },
                onError: { target: "missing", actions: "complain" },
              },
            },
            missing: { on: { Restocked: { target: "asking", actions: assign({ stock: 2 }) } } },
            had: { type: "final" },
          },
        },
        card: {
          initial: "charging",
          states: {
            charging: {
              invoke: {
                src: "chargeCard",
                input: ({ context }) => ({ hours: 0, isGood: context.hours > 0 }),
                onDone: "paid",
                onError: "refused",
              },
              on: { CardChanged: { target: "charging", reenter: true } },
            },
            refused: { on: { CardChanged: "charging" }, after: { 4_321_011: { actions: "complain" } } },
            paid: { type: "final" },
          },
        },
        before: { type: "history", history: "deep" },
      },
      onDone: "sending",
    },
    halted: { on: { Resumed: "packing.before" } },
    sending: {
      entry: assign({ tries: ({ context }) => context.tries + 1, stock: ({ context }) => context.stock - 1 }),
      always: { guard: "isTired", target: "lost" },
      invoke: {
        id: "courier",
        src: "sendParcel",
        input: ({ context }) => ({ hours: context.hours, isGood: context.hours < 2 }),
        onDone: { target: "delivered", actions: { type: "tell", params: ({ event }) => ({ what: "delivered", by: event.output.by }) } },
        onError: "packing",
      },
      after: { 5_432_017: { target: "packing", actions: "complain" } },
    },
    delivered: { type: "final" },
    lost: { type: "final" },
  },
});

export const parcelService: ChartCase = {
  machine,
  start: { type: "ParcelOrdered" },
  events: [
    ...["Restocked", "CardChanged", "Halted", "Resumed"].map((type) => ({ type })),
    { type: "RoadsChanged", payload: { hours: 0 } },
    { type: "RoadsChanged", payload: { hours: 1 } },
    { type: "RoadsChanged", payload: { hours: 2 } },
  ],
  invokes: ["reserveStock", "chargeCard", "sendParcel"],
};
