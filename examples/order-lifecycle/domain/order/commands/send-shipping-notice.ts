import type { CommandHandlerArgs } from "perdure";
import { z } from "zod";

export const payload = z.object({ trackingNumber: z.string() });

export async function handler({ command, logger }: CommandHandlerArgs<z.infer<typeof payload>>) {
  logger.info(`parcel ${command.payload.trackingNumber} announced`, { order: command.aggregateId });
}
