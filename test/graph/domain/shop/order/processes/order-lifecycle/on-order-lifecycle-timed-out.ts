import type { HandlerArgs } from "perdure";

export async function handler({ event, commands }: HandlerArgs) {
  await commands.cancelOrder!({ aggregateId: event.aggregateId });
}
