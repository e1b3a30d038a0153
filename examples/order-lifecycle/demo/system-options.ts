import { fileURLToPath } from "node:url";
import type { ProcessSystemOptions } from "perdure";

/** What the story is about, wherever its instances are kept. */
export const processOptions = {
  domain: fileURLToPath(new URL("../domain", import.meta.url)),
  processes: {
    retry: { retryStrategy: "exponential", maxRetries: 3, initialDelay: "0.2s" },
  },
} as const satisfies ProcessSystemOptions;

/** What everyone who opens the database of the story agrees on. */
export function systemOptions(database: string): ProcessSystemOptions {
  return { ...processOptions, store: { type: "sqlite", path: database } };
}
