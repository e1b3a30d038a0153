/** Those who wait for a moment at which nothing is left to do. */
export interface IdleWaiters {
  wait(): Promise<void>;
  /** Resolves their promises if the moment has come. */
  check(): void;
  /** Resolves their promises in any case. */
  release(): void;
  refuse(error: unknown): void;
}

/** `onIdle` is called when the moment has come, before the promises are resolved. */
export function createIdleWaiters(isIdle: () => boolean, onIdle: () => void): IdleWaiters {
  let waiters: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  const take = () => {
    const taken = waiters;
    waiters = [];
    return taken;
  };
  const check = () => {
    if (waiters.length === 0 || !isIdle()) return;
    onIdle();
    for (const { resolve } of take()) resolve();
  };

  return {
    wait: () =>
      new Promise((resolve, reject) => {
        waiters.push({ resolve, reject });
        check();
      }),
    check,
    release: () => {
      for (const { resolve } of take()) resolve();
    },
    refuse: (error) => {
      for (const { reject } of take()) reject(error);
    },
  };
}
