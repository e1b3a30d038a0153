import type { CommandHandlerArgs, DispatchedEvent } from "perdure";
import { z } from "zod";

export const payload = z.object({});

/** What a command handler returns is accepted as an event in the commit that settles the command. */
export async function handler({ command, logger }: CommandHandlerArgs<z.infer<typeof payload>>): Promise<DispatchedEvent> {
  logger.info("order packed", { order: command.aggregateId });
  return { type: "OrderFulfilled", aggregateId: command.aggregateId, payload: { trackingNumber: `track-${command.aggregateId}` } };
}
