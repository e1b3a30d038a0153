import type { Command } from "./+types/cancel-order";

// Without a schema any fields are taken.
export async function handler({ command, logger }: Command.HandlerArgs) {
  const payload: unknown = command.payload;
  logger.info("cancelled", { payload });
}
