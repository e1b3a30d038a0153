import { z } from "zod";

export const payload = z.object({ name: z.string().min(1) });
