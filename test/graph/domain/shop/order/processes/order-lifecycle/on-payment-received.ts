import type { HandlerArgs } from "perdure";

export async function handler({ event, commands }: HandlerArgs) {
  // Once it was: await commands.shipOrder({ … })
  await commands.packOrder!({ aggregateId: event.aggregateId, note: "not commands.cancelOrder" });
}
