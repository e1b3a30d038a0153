/** Restate's SDK needs `Promise.withResolvers`, which Node has from version 22 on. Import this file before the SDK. */
interface PromiseWithResolvers {
  withResolvers?: () => { promise: Promise<unknown>; resolve: (value: unknown) => void; reject: (reason: unknown) => void };
}

// The types are those of the oldest Node, which does not have it.
(Promise as unknown as PromiseWithResolvers).withResolvers ??= () => {
  let resolve!: (value: unknown) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<unknown>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
};
