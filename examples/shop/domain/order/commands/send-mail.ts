import { z } from "zod";

export const payload = z.object({ to: z.email(), subject: z.string() });
