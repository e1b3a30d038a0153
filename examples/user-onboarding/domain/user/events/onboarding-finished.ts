import { z } from "zod";

/** What `reviewProgress` finds when nothing is left to do. */
export const payload = z.object({});
