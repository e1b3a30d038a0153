import { z } from "zod";
import type { Command } from "./+types/refund-payment";

export const payload = z.union([z.object({ account: z.string() }), z.object({ voucher: z.number() })]);

export async function handler({ command, logger }: Command.HandlerArgs) {
  logger.info("account" in command.payload ? command.payload.account : String(command.payload.voucher));
}

export async function rejected({ command }: Command.HandlerArgs) {
  // @ts-expect-error It may be a voucher.
  void command.payload.account;
}
