import { z } from "zod";
import type { Command } from "./+types/cancel-order";

export const payload = z.object({});

export async function handler({ command, logger }: Command.HandlerArgs) {
  logger.info("order cancelled", { order: command.aggregateId });
}
