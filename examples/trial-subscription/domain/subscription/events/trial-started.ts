import { z } from "zod";

export const payload = z.object({ plan: z.string().min(1), cents: z.int().positive() });
