import { isThenable } from "./promises.ts";

/** Calls a function that is not ours. An error that it throws, or that its promise rejects with, is reported and harms nothing. */
export function callGuarded(call: () => unknown, onError: (error: unknown) => void): void {
  try {
    const result = call();
    if (isThenable(result)) void Promise.resolve(result).catch(onError);
  } catch (error) {
    onError(error);
  }
}
