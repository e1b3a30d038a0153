import type { Terminal } from "./terminal.ts";

/** What runs until it is told to stop. */
export interface Running {
  /** Looks whether it has ended by itself, which `end` is told with the reason, if there is one. Returns what ends the looking. */
  readonly watch?: (end: (reason?: unknown) => void) => () => void;
  stop(): Promise<void>;
}

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Resolves when what runs has stopped, by a signal or by itself. A second signal ends this OS process at once. The first may come as soon
 * as this is called. @throws the reason for which it has ended by itself
 */
export async function untilStopped({ watch = () => () => {}, stop }: Running, terminal: Terminal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (conclude: () => void) => {
      stopLooking();
      for (const signal of signals) process.off(signal, onSignal);
      conclude();
    };
    const onSignal = () => settle(resolve);
    for (const signal of signals) process.on(signal, onSignal);
    const stopLooking = watch((reason) => settle(() => (reason === undefined ? resolve() : reject(reason))));
  });
  terminal.note("stopping: what runs may finish; a second signal stops it at once");
  // What is cut off is not committed, and runs again after the next start.
  for (const signal of signals) process.once(signal, () => process.exit());
  await stop();
  terminal.note("stopped");
}
