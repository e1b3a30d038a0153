import { z } from "zod";

export const payload = z.object({ skus: z.array(z.string()).min(1) });
