import { z } from "zod";
import type { Command } from "./+types/send-welcome-email";

export const payload = z.object({});

export async function handler({ command, logger }: Command.HandlerArgs) {
  const type: "sendWelcomeEmail" = command.type;
  logger.info(type);
}
