import { z } from "zod";

export const payload = z.object({
  lines: z.array(z.object({ sku: z.string().min(1), quantity: z.int().positive() })).min(1),
});
