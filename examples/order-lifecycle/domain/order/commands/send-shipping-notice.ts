import { z } from "zod";
import type { Command } from "./+types/send-shipping-notice";

export const payload = z.object({ trackingNumber: z.string() });

export async function handler({ command, logger }: Command.HandlerArgs) {
  logger.info(`parcel ${command.payload.trackingNumber} announced`, { order: command.aggregateId });
}
