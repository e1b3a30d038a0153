import type { HandlerArgs } from "perdure";

export async function handler({ event, params, commands }: HandlerArgs) {
  await commands.tell!({ aggregateId: event.aggregateId, what: `reminded by ${(params as { by: string }).by}` });
}
