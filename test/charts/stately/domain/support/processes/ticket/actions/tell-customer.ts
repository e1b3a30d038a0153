import type { HandlerArgs } from "perdure";

export async function handler({ event, params, commands }: HandlerArgs) {
  await commands.tell!({ aggregateId: event.aggregateId, what: `answered by ${(params as { how: string }).how}` });
}
