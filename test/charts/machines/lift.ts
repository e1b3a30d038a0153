import { enqueueActions, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** A lift decides while it moves what is to be done, by actions that are put together one by one. */
const building = setup({
  types: {
    context: {} as { readonly floor: number; readonly wanted: readonly number[] },
    events: {} as { readonly type: "LiftBuilt" | "Arrived" } | { readonly type: "Called"; readonly payload: { readonly floor: number } },
  },
  guards: {
    hasCalls: ({ context }) => context.wanted.length > 0,
    isThere: ({ context }) => context.wanted.includes(context.floor),
    isAbove: ({ context }) => (context.wanted[0] ?? 0) > context.floor,
  },
  actions: {
    openDoor: (_args, _params: { readonly floor: number }) => {},
    lightUp: (_args, _params: { readonly floors: readonly number[] }) => {},
    creep: () => {},
  },
});

const forget = building.enqueueActions(({ enqueue, context, check }) => {
  if (!check("isThere")) return;
  enqueue.assign({ wanted: context.wanted.filter((floor) => floor !== context.floor) });
  enqueue({ type: "openDoor", params: { floor: context.floor } });
  enqueue.cancel("slow");
});

const machine = building.createMachine({
  id: "lift",
  context: { floor: 0, wanted: [] },
  initial: "still",
  on: {
    Called: {
      actions: enqueueActions(({ enqueue, context, event }) => {
        const wanted = [...new Set([...context.wanted, event.payload.floor])];
        enqueue.assign({ wanted });
        enqueue({ type: "lightUp", params: { floors: wanted } });
        if (wanted.length > 2) enqueue("creep");
      }),
    },
  },
  states: {
    still: {
      always: [
        { guard: "isThere", actions: forget },
        { guard: "hasCalls", target: "moving" },
      ],
    },
    moving: {
      entry: enqueueActions(({ enqueue, context }) => {
        enqueue.raise({ type: "Arrived" }, { id: "slow", delay: 600_000 * (1 + context.wanted.length) });
      }),
      exit: forget,
      on: {
        Arrived: {
          target: "deciding",
          actions: enqueueActions(({ enqueue, context, check }) => {
            enqueue.assign({ floor: context.floor + (check("isAbove") ? 1 : -1) });
          }),
        },
      },
    },
    deciding: { always: [{ guard: "hasCalls", target: "moving", reenter: true }, { target: "still" }] },
  },
});

export const lift: ChartCase = {
  machine,
  start: { type: "LiftBuilt" },
  events: [
    { type: "Called", payload: { floor: 0 } },
    { type: "Called", payload: { floor: 2 } },
    { type: "Called", payload: { floor: -1 } },
  ],
};
