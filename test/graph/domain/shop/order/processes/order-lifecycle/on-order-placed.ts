import type { HandlerArgs } from "perdure";

export async function handler({ event, commands }: HandlerArgs) {
  await commands.chargeCard!({ aggregateId: event.aggregateId });
}
