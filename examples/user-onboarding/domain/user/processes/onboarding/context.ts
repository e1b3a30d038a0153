import { z } from "zod";

/** What the user has done of what ends the onboarding. */
export const context = z.object({
  hasConfirmed: z.boolean().default(false),
  hasProject: z.boolean().default(false),
});
