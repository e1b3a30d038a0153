import { AsyncLocalStorage } from "node:async_hooks";
import { nextTurn } from "../../platform/turn.ts";

/** Is told of a promise that rejects with nobody to handle it. Whether it takes it upon itself. */
export type OnRejected = (reason: unknown) => boolean;

const watchers = new AsyncLocalStorage<OnRejected>();
let watched = 0;

export interface RejectionWatch {
  /** A promise that `task` or what it starts makes, and that rejects with nobody to handle it, is told instead of ending the OS process. */
  run<Result>(task: () => Result): Result;
  end(): void;
}

/** Slows down every promise until its end. */
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
  // Somebody else's: it goes the way it would go if nobody listened here. By name, because of other copies of this package.
  if (process.listeners("unhandledRejection").some(({ name }) => name !== onUnhandledRejection.name)) return;
  process.off("unhandledRejection", onUnhandledRejection);
  void Promise.reject(reason);
  nextTurn(() => {
    if (watched > 0) process.on("unhandledRejection", onUnhandledRejection);
  });
}
