import { z } from "zod";

export const payload = z.object({ reason: z.string().min(1) });
