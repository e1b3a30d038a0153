import { z } from "zod";
import type { Command } from "./+types/pack-order";

export const payload = z.object({ weightGrams: z.number(), express: z.boolean().default(false) });

export async function handler({ command }: Command.HandlerArgs) {
  const express: boolean = command.payload.express;
  return { type: "OrderFulfilled", aggregateId: command.aggregateId, payload: { express } };
}
