import type { HandlerArgs } from "perdure";

export async function handler({ event, commands }: HandlerArgs) {
  await commands.tell!({ aggregateId: event.aggregateId, what: "sent back" });
}
