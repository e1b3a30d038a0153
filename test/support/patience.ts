import { clearTimeout, setTimeout } from "node:timers";

// Nothing takes so long that works; a machine that others use as well may be slow.
const MAX_MS = 20_000;
const PAUSE_MS = 20;

/** Looks again until `isThere` says so of what was seen; what was seen last is in the error. */
export async function until<Seen>(
  look: () => Seen | Promise<Seen>,
  isThere: (seen: Seen) => boolean = Boolean,
  mostMs = MAX_MS,
): Promise<Seen> {
  const limit = Date.now() + mostMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (Date.now() > limit) throw new Error(`waited ${mostMs} ms; the last was ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** The result of `promise`, or an error that names what did not come in time. */
export async function within<Result>(promise: Promise<Result>, what: string, mostMs = MAX_MS): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${mostMs} ms for ${what}`)), mostMs);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}
