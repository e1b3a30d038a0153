import { type CommandOption, createProcessSystem, definePolicy, defineProcess, type KnownEvent } from "perdure";
import { z } from "zod";

const invoice = z.object({
  cents: z.number(),
  currency: z.string().default("EUR"),
  due: z.string().transform((text) => new Date(text).getTime()),
});
const events = { InvoicePaid: { payload: invoice }, InvoiceLost: {} };
const mail = z.object({ to: z.string(), copies: z.number().default(1) });
const sendMail = {
  payload: mail,
  handler: async ({ command }) => void command.payload.copies.toFixed(),
} satisfies CommandOption<z.infer<typeof mail>>;
const book = {
  payload: mail,
  transaction: true,
  handler: ({ command, database }) => void database.prepare("DELETE FROM mails WHERE id = ?").run(command.payload.to),
} satisfies CommandOption<z.infer<typeof mail>>;
const commands = { sendMail, book };

declare module "perdure" {
  interface RegisterInCode {
    events: typeof events;
    commands: typeof commands;
    processes: "invoice/dunning";
  }
}

const dunning = defineProcess({
  aggregate: "invoice",
  name: "dunning",
  events,
  startedBy: ["InvoicePaid"],
  completedBy: ["InvoiceLost"],
  timeout: "7d",
  on: {
    InvoicePaid: ({ event }) => {
      event.payload.currency.trim();
      // @ts-expect-error Its schema gives out a number.
      event.payload.due.trim();
    },
    // @ts-expect-error Without a schema a payload is unknown.
    InvoiceLost: ({ event }) => event.payload.cents,
  },
});
const thanks = definePolicy({
  aggregate: "invoice",
  name: "thank",
  on: "InvoicePaid",
  handler: ({ event }) => event.payload.due.toFixed(),
});

export async function main(): Promise<void> {
  const system = await createProcessSystem({ definitions: [dunning], policies: [thanks], events, commands });
  await system.dispatch({ type: "InvoicePaid", aggregateId: "i-1", payload: { cents: 1, due: "2026-01-01" } });
  await system.dispatch({ type: "InvoiceLost", aggregateId: "i-1" });
  await system.commands.sendMail({ aggregateId: "i-1", to: "ada@example.com" });
  await system.processes.find({ process: "invoice/dunning" });
  // @ts-expect-error A payload goes in as its schema takes it.
  await system.dispatch({ type: "InvoicePaid", aggregateId: "i-1", payload: { cents: 1, due: 7 } });
  // @ts-expect-error There is no such event.
  await system.dispatch({ type: "InvoicePayd", aggregateId: "i-1" });
  // @ts-expect-error to is missing.
  await system.commands.sendMail({ aggregateId: "i-1" });
  // @ts-expect-error There is no such process.
  await system.processes.find({ process: "invoice/dunnings" });
  // @ts-expect-error A schema stands in the key payload.
  await createProcessSystem({ definitions: [dunning], events: { InvoicePaid: invoice } });
}

export const lost: KnownEvent = { type: "InvoiceLost", aggregateId: "i-1" };

export const refused = [
  // @ts-expect-error Its schema gives out another type than its handler takes.
  { payload: invoice, handler: async () => {} } satisfies CommandOption<z.infer<typeof mail>>,
  // @ts-expect-error Its payload has no field from.
  { payload: mail, handler: async ({ command }) => void command.payload.from } satisfies CommandOption<z.infer<typeof mail>>,
];
