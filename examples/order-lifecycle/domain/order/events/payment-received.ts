import { z } from "zod";

export const payload = z.object({
  reference: z.string().min(1),
  amountCents: z.int().positive(),
});
