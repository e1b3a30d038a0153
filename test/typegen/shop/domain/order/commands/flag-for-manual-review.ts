import { z } from "zod";
import type { Command } from "./+types/flag-for-manual-review";

export const payload = z.record(z.string(), z.string());

export async function handler({ command, logger }: Command.HandlerArgs) {
  logger.info("flagged", { note: command.payload["note"]?.trim() });
}
