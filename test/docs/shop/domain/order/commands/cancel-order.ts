import { z } from "zod";

export const payload = z.object({});

export async function handler() {}
