// Listening for signals does not keep the OS process alive.
const LOOK_MS = 60_000;

/** Resolves when the OS process is told to end, by Ctrl-C or SIGTERM, or when `end` does. */
export async function untilSignal(end?: Promise<void>): Promise<void> {
  const alive = setInterval(() => {}, LOOK_MS);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    void end?.then(resolve);
  });
  clearInterval(alive);
}
