import { ProcessError } from "../errors.ts";
import { steadyClock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";

// A worker that was killed keeps its lease for ten seconds by default, and a worker that was told to stop may need longer than that.
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

/**
 * Opens a file that a worker of an older version may still work on. It waits for that worker's end, because the file cannot be brought to
 * this version before.
 * @throws ProcessError `STORE_OLDER` after a minute; anything else at once
 */
export async function openAfterOlder<Opened>(open: () => Opened, logger: Logger): Promise<Opened> {
  const giveUpAt = steadyClock.now() + PATIENCE_MS;
  let isTold = false;
  for (;;) {
    try {
      return open();
    } catch (error) {
      if (!ProcessError.is(error, "STORE_OLDER") || steadyClock.now() >= giveUpAt) throw error;
      if (!isTold) logger.warn(`${error.message}\n  This system waits for that.`);
      isTold = true;
    }
    await new Promise<void>((resolve) => steadyClock.setTimeout(resolve, PAUSE_MS));
  }
}
