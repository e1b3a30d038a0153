import type { Around } from "../../runtime/core/around.ts";

/** Counts the attempts of a policy, and keeps what they have failed with. */
export interface AttemptWatch {
  readonly around: Around;
  /** How many attempts have begun. */
  readonly attempts: number;
  /** What failed ones have failed with, in order, as a person reads it: `Error: the bank is down`. */
  readonly errors: readonly string[];
  /** Begins anew. */
  forget(): void;
}

export function createAttemptWatch(): AttemptWatch {
  let attempts = 0;
  let errors: string[] = [];
  return {
    around: async ({ kind, signal }, next) => {
      if (kind !== "policy") return next();
      attempts += 1;
      let hasFailed = false;
      const fail = (error: unknown) => {
        if (!hasFailed) errors.push(describe(error));
        hasFailed = true;
      };
      // An attempt whose time is up has failed, whatever its handler does then.
      signal.addEventListener("abort", () => fail(signal.reason), { once: true });
      try {
        return await next();
      } catch (error) {
        fail(error);
        throw error;
      }
    },
    get attempts() {
      return attempts;
    },
    get errors() {
      return errors;
    },
    forget: () => {
      attempts = 0;
      errors = [];
    },
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
