import type { KnownEvent } from "perdure";
import { z } from "zod";
import type { Command } from "./+types/pack-order";

export const payload = z.object({});

/** What a command handler returns is accepted as an event in the commit that settles the command. */
export async function handler({ command, logger }: Command.HandlerArgs): Promise<KnownEvent> {
  logger.info("order packed", { order: command.aggregateId });
  return { type: "OrderFulfilled", aggregateId: command.aggregateId, payload: { trackingNumber: `track-${command.aggregateId}` } };
}
