import { ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import { repeat } from "../../platform/repeat.ts";
import type { LeaseRecord } from "../../store/lease.ts";
import type { Store } from "../../store/store.ts";
import { isBusy } from "../../store/store-error.ts";
import { isOwnerGone, nameBriefly } from "../../platform/owner.ts";

/**
 * The right to work on a store, for one worker at a time (guarantee P8). Time decides only who may ask for it: what keeps two
 * workers apart is the epoch, which is compared inside every commit. So a clock that jumps, or a worker that was stopped
 * for an hour, can move the lease and never doubles work.
 *
 * It lives by the machine's own clock, whatever the clock of the system.
 */
export interface LeaseKeeper {
  /** Takes the lease if it is free, expired, or its owner is gone, and renews it from then on. Whether it is held now. */
  tryTake(): boolean;
  /** The owner from whom it was taken without having been given back; `undefined` if it was free. */
  readonly takenFrom: string | undefined;
  /** To be called inside a transaction. @throws ProcessError `LEASE_LOST` */
  check(): void;
  /** Whether the lease is this worker's, by the store. */
  isHeld(): boolean;
  /**
   * Gives it up, so that another worker need not wait for it to expire.
   * @throws ProcessError `LEASE_LOST` if another one has taken it before
   */
  release(): void;
  /** Forgets it without a write, as the end of the OS process would. */
  abandon(): void;
}

/**
 * `onLost` is told, once and after the call that found it out, whichever that was: a renewal, a commit, a look at the store, the end.
 */
export function createLeaseKeeper(
  store: Store,
  owner: string,
  durationMs: number,
  { onLost, onError }: { readonly onLost: (error: ProcessError) => void; readonly onError: (error: unknown) => void },
): LeaseKeeper {
  let epoch: number | undefined;
  let isLost = false;
  let takenFrom: string | undefined;
  /** The last renewal found the store locked. */
  let wasBusy = false;
  let stopRenewing = () => {};

  /** Why it is not held, if it is not. */
  const findLoss = (): ProcessError | undefined => {
    const lease = store.lease.read();
    if (epoch !== undefined && lease?.epoch === epoch) return undefined;
    const error = refuseLost(owner, epoch, lease);
    if (epoch !== undefined && !isLost) {
      isLost = true;
      void Promise.resolve(error).then(onLost);
    }
    return error;
  };

  const check = () => {
    const loss = findLoss();
    if (loss !== undefined) throw loss;
  };

  const prolong = () => {
    wasBusy = false;
    try {
      store.transact(() => {
        if (epoch === undefined || !store.lease.prolong(epoch, systemClock.now() + durationMs)) check();
      });
    } catch (error) {
      if (!isBusy(error)) throw error;
      wasBusy = true;
      // To read that it is lost takes no lock.
      findLoss();
    }
  };

  const renew = () => {
    try {
      prolong();
    } catch (error) {
      if (!ProcessError.is(error, "LEASE_LOST")) onError(error);
    }
  };

  const abandon = () => {
    stopRenewing();
    epoch = undefined;
  };

  return {
    tryTake: () => {
      const taken = store.transact(() => takeFree(store, { owner, durationMs, takenFrom }));
      if (taken === undefined) return false;
      ({ epoch, from: takenFrom } = taken);
      isLost = false;
      stopRenewing();
      wasBusy = false;
      // Where others write without a pause, several in a row may find a lock: the lease must outlast more than two of them.
      stopRenewing = repeat(renew, () => durationMs / (wasBusy ? 30 : 3));
      return true;
    },
    get takenFrom() {
      return takenFrom;
    },
    check,
    isHeld: () => epoch !== undefined && findLoss() === undefined,
    abandon,
    release: () => {
      if (epoch === undefined) return;
      try {
        store.transact(() => {
          check();
          store.lease.write({ ...store.lease.read()!, expiresAt: 0 });
        });
      } finally {
        abandon();
      }
    },
  };
}

/** Takes the lease if it may be taken, and says from whom it was taken that had not given it back. To be called inside a transaction. */
function takeFree(
  store: Store,
  { owner, durationMs, takenFrom }: { readonly owner: string; readonly durationMs: number; readonly takenFrom: string | undefined },
): { readonly epoch: number; readonly from: string | undefined } | undefined {
  const lease = store.lease.read();
  const now = systemClock.now();
  if (lease !== undefined && !isFree(lease, owner, now)) return undefined;
  const epoch = (lease?.epoch ?? 0) + 1;
  store.lease.write({ owner, epoch, expiresAt: now + durationMs, durationMs });
  // Its own lease it takes again after it could not begin: what that one had replaced still counts.
  const isGivenBack = lease === undefined || lease.expiresAt === 0;
  return { epoch, from: isGivenBack ? undefined : lease.owner === owner ? takenFrom : lease.owner };
}

function refuseLost(owner: string, epoch: number | undefined, lease: LeaseRecord | undefined): ProcessError {
  return new ProcessError(
    "LEASE_LOST",
    `worker ${nameBriefly(owner)} has lost the lease to ${lease === undefined ? "nobody" : nameBriefly(lease.owner)}`,
    {
      hint: "Nothing was committed since. Call start() again to stand by.",
      details: { owner, epoch, lease },
    },
  );
}

function isFree(lease: LeaseRecord, owner: string, now: number): boolean {
  // An expiry further ahead than the lease is long was written by a clock that has been set back since.
  return lease.owner === owner || lease.expiresAt <= now || lease.expiresAt > now + 2 * lease.durationMs || isOwnerGone(lease.owner);
}
