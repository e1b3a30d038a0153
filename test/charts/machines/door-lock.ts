import { assign, cancel, raise, setup } from "xstate";
import type { ChartCase } from "../chart-case.ts";

/** A door that locks itself by an event that is raised later, and that can be called off. */
const machine = setup({
  types: {
    context: {} as { readonly hours: number; readonly locked: number },
    events: {} as
      | { readonly type: "DoorBuilt" | "Opened" | "Closed" | "HeldOpen" | "Unlocked" }
      | { readonly type: "LockDue"; readonly payload: { readonly after: number } },
  },
  delays: { patience: ({ context }) => context.hours * 3_600_000 },
  actions: { bolt: (_args, _params: { readonly times: number; readonly after: number }) => {}, ring: () => {}, creak: () => {} },
}).createMachine({
  id: "door",
  context: { hours: 1, locked: 0 },
  initial: "closed",
  states: {
    open: { entry: "creak", on: { Closed: "closed" } },
    closed: {
      entry: [
        cancel("lock"),
        raise(({ context }) => ({ type: "LockDue", payload: { after: context.hours } }), { id: "lock", delay: "patience" }),
      ],
      exit: cancel("lock"),
      on: {
        Opened: "open",
        HeldOpen: {
          actions: [
            cancel(() => "lock"),
            assign({ hours: ({ context }) => context.hours + 2 }),
            raise(({ context }) => ({ type: "LockDue", payload: { after: context.hours } }), {
              id: "lock",
              delay: ({ context }) => context.hours * 1_800_000,
            }),
          ],
        },
        LockDue: {
          target: "locked",
          actions: [
            assign({ locked: ({ context }) => context.locked + 1, hours: 1 }),
            { type: "bolt", params: ({ context, event }) => ({ times: context.locked, after: event.payload.after }) },
          ],
        },
      },
    },
    locked: {
      after: { patience: { actions: "ring" } },
      on: { Unlocked: "closed", HeldOpen: { actions: assign({ hours: 5 }) } },
    },
  },
});

export const doorLock: ChartCase = {
  machine,
  start: { type: "DoorBuilt" },
  events: ["Opened", "Closed", "HeldOpen", "Unlocked"].map((type) => ({ type })),
};
