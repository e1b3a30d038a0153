import { z } from "zod";

/** `until`: the end of the week, which is a Monday at nine. */
export const payload = z.object({ until: z.iso.datetime() });
