import { z } from "zod";

export const payload = z.object({ card: z.string().min(1), cents: z.int().positive() });
