// From this module, because a test may have put fakes in the place of the global ones.
import { setImmediate } from "node:timers";
import { withoutContext } from "./async-context.ts";

/** Runs `callback` in the next turn of the event loop, after the promises that are ready now, and in no caller's async context. */
export function nextTurn(callback: () => void): void {
  setImmediate(withoutContext, callback);
}
