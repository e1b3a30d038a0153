import { z } from "zod";

export const context = z.object({
  customer: z.string().default(""),
  paid: z.boolean().default(false),
  parcels: z.array(z.object({ carrier: z.enum(["dhl", "ups"]), weightGrams: z.number() })).default([]),
  stage: z.enum(["open", "packed"]).default("open"),
});
