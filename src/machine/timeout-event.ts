import type { AnyStateMachine } from "xstate";

/**
 * What XState calls the event of the process's timeout; `undefined` without one. The name holds the delay and the path of the state, so it
 * is never stored.
 */
export function findTimeoutEvent({ states }: AnyStateMachine): string | undefined {
  // An own chart may have timers at its root, too.
  return states.started?.after.find(({ target }) => target?.[0] === states.timed_out)?.eventType;
}
