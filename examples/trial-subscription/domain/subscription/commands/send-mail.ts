import { z } from "zod";

export const payload = z.object({ subject: z.string().min(1) });
