import type { CommandHandlerArgs } from "perdure";
import { z } from "zod";

export const payload = z.object({});

export async function handler({ command, logger }: CommandHandlerArgs<z.infer<typeof payload>>) {
  logger.info("order cancelled", { order: command.aggregateId });
}
