import { z } from "zod";
import type { Command } from "./+types/flag-for-manual-review";

export const payload = z.object({});

export async function handler({ command, logger }: Command.HandlerArgs) {
  logger.info("put on the desk of a person", { order: command.aggregateId });
}
