import type { HandlerArgs } from "perdure";

export async function handler({ event, commands }: HandlerArgs) {
  await commands.sendMail!({ aggregateId: event.aggregateId, about: "points" });
}
