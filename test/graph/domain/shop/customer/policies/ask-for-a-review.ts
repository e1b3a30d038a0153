import type { PolicyHandlerArgs } from "perdure";

export const on = "OrderFulfilled";
export const delay = "14d";

export async function handler({ event, commands }: PolicyHandlerArgs) {
  const { sendMail } = commands;
  await sendMail!({ aggregateId: event.aggregateId, about: "review" });
}
