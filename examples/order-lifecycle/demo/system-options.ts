import { fileURLToPath } from "node:url";
import type { ProcessSystemOptions } from "perdure";

/** What everyone who opens the database of the story agrees on. */
export function systemOptions(database: string): ProcessSystemOptions {
  return {
    domain: fileURLToPath(new URL("../domain", import.meta.url)),
    store: { type: "sqlite", path: database },
    processes: {
      retry: { retryStrategy: "exponential", maxRetries: 3, initialDelay: "0.2s" },
    },
  };
}
