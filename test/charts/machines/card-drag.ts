import { assign, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A card is picked up, moved and dropped, or let go when nothing moves any more. */
const machine = setup({
  types: {
    context: {} as { readonly at: Point; readonly shift: Point; readonly picked: Point | null },
    input: {} as { readonly at: Point },
    events: {} as { readonly type: "CardDealt" | "Dropped" | "Escaped" } | { readonly type: "PickedUp" | "Moved"; readonly payload: Point },
  },
  actions: { paint: (_args, _params: Point) => {}, thud: () => {} },
  guards: { isFar: ({ context }) => Math.abs(context.shift.x) + Math.abs(context.shift.y) > 4 },
}).createMachine({
  id: "card",
  context: ({ input }) => ({ at: input.at, shift: { x: 0, y: 0 }, picked: null }),
  initial: "lying",
  on: { Escaped: { target: ".lying", actions: assign({ shift: { x: 0, y: 0 }, picked: null }) } },
  states: {
    lying: {
      entry: { type: "paint", params: ({ context }) => context.at },
      on: { PickedUp: { target: "held", actions: assign({ picked: ({ event }) => event.payload }) } },
    },
    held: {
      on: {
        Moved: {
          target: "held",
          reenter: true,
          actions: assign({
            shift: ({ context, event }) => ({
              x: event.payload.x - (context.picked?.x ?? 0),
              y: event.payload.y - (context.picked?.y ?? 0),
            }),
          }),
        },
        Dropped: [
          { guard: "isFar", target: "lying", actions: ["thud", { type: "paint", params: ({ context }) => context.shift }] },
          "lying",
        ],
      },
      after: { "45m": { target: "lying" } },
      exit: assign(({ context: { at, shift } }) => ({ at: { x: at.x + shift.x, y: at.y + shift.y }, shift: { x: 0, y: 0 } })),
    },
  },
});

export const cardDrag: ChartCase = {
  machine,
  start: { type: "CardDealt", payload: { at: { x: 1, y: 2 } } },
  events: [
    { type: "PickedUp", payload: { x: 0, y: 1 } },
    { type: "Moved", payload: { x: 3, y: 1 } },
    { type: "Moved", payload: { x: 0, y: 9 } },
    { type: "Dropped" },
    { type: "Escaped" },
  ],
};
