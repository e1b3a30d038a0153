import { z } from "zod";
import type { Command } from "./+types/inform-passengers";

// A field that is called as an option: such a payload is given as a whole.
export const payload = z.object({ flight: z.string(), delay: z.number() });

export const handler: Command.Handler = async ({ command }) => {
  const delay: number = command.payload.delay;
  await Promise.resolve(delay);
};

const transporter = { sendMail: async (to: string) => ({ messageId: "<1@mx>", accepted: [to] }) };

// @ts-expect-error What a mail client answers is no event.
export const rejectedMail: Command.Handler = async ({ command }) => transporter.sendMail(command.aggregateId);
// @ts-expect-error Nor is a number, which an arrow function returns by the way.
export const rejectedNumber: Command.Handler = ({ command }) => command.payload.delay;
// @ts-expect-error Rows are no events.
export const rejectedRows: Command.Handler = () => [{ rowId: 1 }];
// @ts-expect-error An event names its aggregate.
export const rejectedEvent: Command.Handler = () => ({ type: "PassengersInformed" });

export const several: Command.Handler = async ({ command }) => [
  { type: "PassengersInformed", aggregateId: command.aggregateId },
  undefined,
];
export const none: Command.Handler = () => null;
