import { z } from "zod";

// TypeScript does not read it, for there is no allowJs: this payload is unknown to it, and no other.
export const payload = z.object({ cents: z.number() });
