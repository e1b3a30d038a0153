import { z } from "zod";

export const payload = z.object({ why: z.string().min(1) });
