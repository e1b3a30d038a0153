import { AsyncLocalStorage } from "node:async_hooks";
import { nextTurn } from "../../platform/turn.ts";

/** Called with the reason of a promise that rejects unhandled. Returns whether it takes care of the rejection. */
export type OnRejected = (reason: unknown) => boolean;

const watchers = new AsyncLocalStorage<OnRejected>();
let watched = 0;

export interface RejectionWatch {
  /**
   * Runs `task`. A promise of `task`, or of what it starts, that rejects unhandled is told to the listener and does not end the OS process.
   */
  run<Result>(task: () => Result): Result;
  end(): void;
}

/** Listens to rejections, which slows down every promise until the listening ends. */
export function watchRejections(onRejected: OnRejected): RejectionWatch {
  watched += 1;
  if (watched === 1) process.on("unhandledRejection", onUnhandledRejection);
  return {
    run: (task) => watchers.run(onRejected, task),
    end: () => {
      watched -= 1;
      if (watched > 0) return;
      process.off("unhandledRejection", onUnhandledRejection);
      watchers.disable();
    },
  };
}

function onUnhandledRejection(reason: unknown): void {
  if (watchers.getStore()?.(reason) === true) return;
  // The rejection is not of a task, so it has the effect that it would have without this listener. Listeners of other copies of this
  // package are recognised by their name.
  if (process.listeners("unhandledRejection").some(({ name }) => name !== onUnhandledRejection.name)) return;
  process.off("unhandledRejection", onUnhandledRejection);
  void Promise.reject(reason);
  nextTurn(() => {
    if (watched > 0) process.on("unhandledRejection", onUnhandledRejection);
  });
}
