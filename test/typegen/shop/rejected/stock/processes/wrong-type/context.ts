import { z } from "zod";

export const context = z.object({ counted: z.number().default(0), shelf: z.string().default("") });
