import { systemClock } from "./clock.ts";

/** A call that is made after a pause. However often it is asked for meanwhile, it is made once. */
export interface Later {
  ask(): void;
  /** Whether it was asked for and is not made yet. */
  readonly isAsked: boolean;
  /** Calls off what was asked for. */
  end(): void;
}

/** `pauseMs` is in real time. */
export function createLater(task: () => void, pauseMs: number): Later {
  let handle: unknown;
  return {
    ask: () => {
      handle ??= systemClock.setTimeout(() => {
        handle = undefined;
        task();
      }, pauseMs);
    },
    get isAsked() {
      return handle !== undefined;
    },
    end: () => {
      systemClock.clearTimeout(handle);
      handle = undefined;
    },
  };
}
