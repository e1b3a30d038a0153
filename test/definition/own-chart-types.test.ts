import { defineProcess, type ProcessEvent } from "perdure";
import { expect, test } from "vitest";
import { assign, createMachine, setup } from "xstate";

const reminding = setup({
  types: {
    context: {} as { reminders: number; tags: string[] },
    events: {} as ProcessEvent<{ cents: number }, "OrderPaid"> | { type: "OrderPlaced" },
  },
  actions: {
    sendReminder: (_args, _params: { readonly days: number }) => {},
    "on-order-paid": () => {},
    count: assign({ reminders: ({ context }) => context.reminders + 1 }),
  },
  delays: { "3d": 259_200_000 },
}).createMachine({
  context: { reminders: 0, tags: [] },
  initial: "waiting",
  states: {
    waiting: {
      after: { "3d": { actions: ["count", { type: "sendReminder", params: { days: 3 } }] } },
      on: { OrderPaid: { target: "paid", actions: "on-order-paid" } },
    },
    paid: { type: "final" },
  },
});

// Without setup, a machine says nothing of its actions.
const plain = createMachine({
  context: { reminders: 0 },
  initial: "waiting",
  states: { waiting: { after: { "3d": { actions: "sendReminder" } }, on: { OrderPaid: "paid" } }, paid: { type: "final" } },
});

const base = { aggregate: "order", name: "payment", startedBy: ["OrderPlaced"], timeout: "7d" } as const;

test("handlers of actions see the params, the context and the events of the machine", () => {
  const definition = defineProcess({
    ...base,
    machine: reminding,
    index: ["reminders"],
    actions: {
      sendReminder: ({ event, context, params, logger }) => {
        const days: number = params.days;
        if (event.type === "OrderPaid") logger.info("paid", { cents: event.payload.cents + 1 });
        // @ts-expect-error the machine gives it days
        void params.hours;
        // @ts-expect-error the context is changed by assign alone
        context.reminders = days;
        // @ts-expect-error at any depth
        context.tags.push("late");
      },
      "on-order-paid": ({ event, logger }) => {
        const type: "OrderPaid" = event.type;
        logger.info(type, { cents: event.payload.cents + 1, id: event.eventId });
        // @ts-expect-error there is no such field in the payload
        void event.payload.amount;
      },
    },
    onTimedOut: ({ context, logger }) => {
      logger.info("late", { reminders: context.reminders + 1 });
      // @ts-expect-error there is no such key
      void context.remindrs;
    },
  });
  expect([...definition.chart!.actions].map(([name, { name: handler }]) => [name, handler])).toEqual([
    ["sendReminder", "send-reminder"],
    ["on-order-paid", "on-order-paid"],
  ]);
});

test("a machine that names no actions takes handlers of any name", () => {
  const definition = defineProcess({
    ...base,
    machine: plain,
    actions: { sendReminder: ({ event, context, params }) => [event.payload, event.output, params, context.reminders + 1] },
  });
  expect([...definition.chart!.actions.keys()]).toEqual(["sendReminder"]);
});

test("what does not go with a machine is refused by the compiler and reported", () => {
  const codesOf = ({ diagnostics }: { readonly diagnostics: readonly { readonly code: string }[] }) => diagnostics.map(({ code }) => code);
  const completed = () =>
    // @ts-expect-error the chart says what completes it
    defineProcess({ ...base, machine: plain, completedBy: [] });
  const handled = () =>
    // @ts-expect-error the chart says what follows an event
    defineProcess({ ...base, machine: plain, on: {} });
  const without = () =>
    // @ts-expect-error there is no chart whose actions they could be
    defineProcess({ ...base, completedBy: [], on: {}, actions: {} });
  const unknown = () =>
    // @ts-expect-error the machine has no action sendRemindr
    defineProcess({ ...base, machine: reminding, actions: { sendRemindr: () => {} } });
  const indexed = () =>
    // @ts-expect-error the context of the machine has no key remindrs
    defineProcess({ ...base, machine: reminding, index: ["remindrs"] });
  expect([completed, handled, without, unknown, indexed].map((define) => codesOf(define()))).toEqual([
    ["MACHINE_CONFLICT"],
    ["MACHINE_CONFLICT"],
    ["ACTION_UNKNOWN"],
    [],
    [],
  ]);
});
