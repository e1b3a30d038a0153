import { errorToText } from "../../errors.ts";
import { steadyClock } from "../../platform/clock.ts";
import { isBusy } from "../../store/store-error.ts";
import { createLockPatience } from "./lock-patience.ts";

/** Which failures of something that is tried again and again somebody should hear of. */
export interface FailureNews {
  /** Each that is another than the last, and one that lasts once a minute. Of a lock on the store nobody hears before it has lasted. */
  isWorthTelling(error: unknown): boolean;
  /** It has succeeded. */
  end(): void;
}

const TOLD_AGAIN_MS = 60_000;

export function createFailureNews(): FailureNews {
  const patience = createLockPatience(isBusy);
  let told: { readonly text: string; readonly at: number } | undefined;
  return {
    isWorthTelling: (error) => {
      if (patience.isPatient(error)) return false;
      const [text, at] = [errorToText(error), steadyClock.now()];
      if (told?.text === text && at - told.at < TOLD_AGAIN_MS) return false;
      told = { text, at };
      return true;
    },
    end: () => {
      patience.end();
      told = undefined;
    },
  };
}
