import type { Policy } from "./+types/ask-for-review-on-order-shipped";

export const delay = "3d";

/** Asks how it was. It waits for nothing else, so that it is a policy, and no part of the process. */
export async function handler({ event, commands }: Policy.HandlerArgs) {
  const { email: to, item } = event.payload;
  await commands.sendMail({ aggregateId: event.aggregateId, payload: { to, subject: `How is your ${item}?` } });
}
