import { z } from "zod";

export const payload = z.object({ email: z.email(), item: z.string() });
