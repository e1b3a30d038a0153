import { steadyClock } from "../../platform/clock.ts";

/** How long nobody has to hear of a lock on the store, because it is held for as long as another OS process's transaction takes. */
export interface LockPatience {
  /** Whether the work failed because of a lock, and for so short a time that it is no problem yet. */
  isPatient(error: unknown): boolean;
  /** The work has succeeded. */
  end(): void;
}

// In real time, whatever clock the system has, because another OS process holds the lock.
const PATIENCE_MS = 10_000;

export function createLockPatience(isBusy: (error: unknown) => boolean): LockPatience {
  let busySince: number | undefined;
  return {
    isPatient: (error) => {
      busySince = isBusy(error) ? (busySince ?? steadyClock.now()) : undefined;
      return busySince !== undefined && steadyClock.now() - busySince < PATIENCE_MS;
    },
    end: () => {
      busySince = undefined;
    },
  };
}
