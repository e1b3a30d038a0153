import { z } from "zod";

export const payload = z.object({ express: z.boolean().default(false) });

export async function handler() {}
