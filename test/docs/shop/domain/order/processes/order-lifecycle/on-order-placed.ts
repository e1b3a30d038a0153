import type { HandlerArgs } from "perdure";

export async function handler({ event, commands }: HandlerArgs<{ email: string }>) {
  await commands.sendWelcomeEmail!({ aggregateId: event.aggregateId, email: event.payload.email, delay: "1m" });
}
