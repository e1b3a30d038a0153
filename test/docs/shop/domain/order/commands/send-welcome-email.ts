import { z } from "zod";

export const payload = z.object({ email: z.string() });

export async function handler() {}
