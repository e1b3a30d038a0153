import { defineProcess, defineSchedule, type ProcessEvent, type ProcessSystem } from "perdure";
import { z } from "zod";
import type { ProcessManager } from "./domain/order/processes/order-lifecycle/+types/on-order-placed";

const invoice = z.object({ cents: z.number() });

declare module "perdure" {
  interface RegisterInCode {
    events: { InvoicePaid: { payload: typeof invoice } };
    commands: { sendInvoice: { payload: typeof invoice }; closeBooks: unknown };
    processes: "invoice/dunning" | "invoice/archive";
  }
}

export async function use(system: ProcessSystem, { commands }: ProcessManager.HandlerArgs): Promise<void> {
  await system.dispatch({ type: "InvoicePaid", aggregateId: "i-1", payload: { cents: 1 } });
  system.machines["invoice/dunning"].id.trim();
  await commands.sendInvoice({ aggregateId: "i-1", cents: 1 });
  await commands.closeBooks({ aggregateId: "i-1", year: 2026 });
  await commands.recordSale({ aggregateId: "o-1", cents: 1 });
  // @ts-expect-error Its cents are a number.
  await system.dispatch({ type: "InvoicePaid", aggregateId: "i-1", payload: { cents: "1" } });
  // @ts-expect-error cents is missing.
  await commands.sendInvoice({ aggregateId: "i-1" });
}

const dunning = { aggregate: "invoice", name: "dunning", startedBy: ["InvoicePaid"], completedBy: [], timeout: "7d", on: {} } as const;

export const processes = [
  defineProcess({ ...dunning, events: ["InvoicePaid"], correlate: { InvoicePaid: (event) => event.payload.cents.toFixed() } }),
  // @ts-expect-error Its payload has no field euros.
  defineProcess({ ...dunning, events: ["InvoicePaid"], correlate: { InvoicePaid: (event) => event.payload.euros } }),
  // @ts-expect-error A key is a text.
  defineProcess({ ...dunning, events: ["InvoicePaid"], correlate: { InvoicePaid: () => 7 } }),
  defineProcess({ ...dunning, correlate: { InvoicePaid: (event: ProcessEvent<{ customer: string }>) => event.payload.customer } }),
];

const context = z.object({ cents: z.number().default(0), isPaid: z.boolean().default(false) });
const remembers = { ...dunning, name: "archive", events: ["InvoicePaid", "OrderPlaced", "InvoiceArchived"], context } as const;

export const inferred = defineProcess({
  ...remembers,
  on: {
    InvoicePaid: ({ event, context }) => ({ cents: context.cents + event.payload.cents }),
    OrderPlaced: async ({ event }) => {
      event.payload.customer.trim();
      // @ts-expect-error Its payload has no field cents.
      return { cents: event.payload.cents };
    },
    // @ts-expect-error Nobody has registered what its payload is.
    InvoiceArchived: ({ event, context }) => ({ isPaid: context.isPaid && event.payload.isPaid }),
  },
  onTimedOut: ({ event, context }) => ({ isPaid: context.isPaid && event.payload.startedAt.getTime() > 0 }),
  onFailed: ({ event }) => {
    event.payload.error.message.trim();
    // @ts-expect-error A failed handler's payload has no field cents.
    return { cents: event.payload.cents };
  },
});

export const refused = [
  // @ts-expect-error The context has no key payd.
  defineProcess({ ...remembers, on: { InvoicePaid: ({ event }) => ({ payd: event.payload.cents }) } }),
];

const due = { cron: "@monthly", event: { type: "InvoicePaid", aggregateId: "i-1", payload: { cents: 1 } } } as const;

export const monthly = defineSchedule({ aggregate: "invoice", name: "monthly", ...due });
// @ts-expect-error It has a name.
defineSchedule({ aggregate: "invoice", ...due });
