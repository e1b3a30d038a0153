// Timers come from this module, because a test may have replaced the global ones by fakes.
import { setImmediate } from "node:timers";
import { withoutContext } from "./async-context.ts";

/** Runs `callback` in the next turn of the event loop, after the promises that are ready now, and in no caller's async context. */
export function nextTurn(callback: () => void): void {
  setImmediate(withoutContext, callback);
}
