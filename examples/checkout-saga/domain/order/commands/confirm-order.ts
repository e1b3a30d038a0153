import { z } from "zod";

export const payload = z.object({ trackingNumber: z.string().min(1) });
