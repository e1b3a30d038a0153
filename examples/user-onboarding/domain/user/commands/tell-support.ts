import { z } from "zod";

export const payload = z.object({ why: z.string(), deadLetterId: z.string() });
