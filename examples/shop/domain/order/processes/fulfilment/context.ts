import { z } from "zod";

/** To whom the mails go. */
export const context = z.object({ email: z.string().default(""), item: z.string().default("") });
