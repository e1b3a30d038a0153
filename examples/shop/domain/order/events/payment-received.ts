import { z } from "zod";

export const payload = z.object({});
