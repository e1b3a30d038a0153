import { AsyncLocalStorage } from "node:async_hooks";
import { nextTurn } from "../../platform/turn.ts";

/** Is told of a promise that rejects with nobody to handle it. Whether it takes it upon itself. */
export type OnRejected = (reason: unknown) => boolean;

const listeners = new AsyncLocalStorage<OnRejected>();
let watched = 0;

/**
 * Runs `task`. A promise that `task` or what it has started makes, and that rejects with nobody to handle it, is told to `onRejected`
 * instead of ending the OS process, until the function that is returned is called. It slows down every promise meanwhile.
 */
export function watchRejections<Result>(onRejected: OnRejected, task: () => Result): { readonly result: Result; readonly end: () => void } {
  watched += 1;
  if (watched === 1) process.on("unhandledRejection", onUnhandledRejection);
  const end = () => {
    watched -= 1;
    if (watched > 0) return;
    process.off("unhandledRejection", onUnhandledRejection);
    listeners.disable();
  };
  return { result: listeners.run(onRejected, task), end };
}

function onUnhandledRejection(reason: unknown): void {
  if (listeners.getStore()?.(reason) === true) return;
  // Somebody else's: it goes the way it would go if nobody listened here. By name, because of other copies of this package.
  if (process.listeners("unhandledRejection").some(({ name }) => name !== onUnhandledRejection.name)) return;
  process.off("unhandledRejection", onUnhandledRejection);
  void Promise.reject(reason);
  nextTurn(() => {
    if (watched > 0) process.on("unhandledRejection", onUnhandledRejection);
  });
}
