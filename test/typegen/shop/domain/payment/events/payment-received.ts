import { z } from "zod";

/** Banks write cents as text. */
export const payload = z.object({ cents: z.string().transform(Number) });
