import { ProcessError } from "../../errors.ts";
import { steadyClock, systemClock } from "../../platform/clock.ts";
import { repeat } from "../../platform/repeat.ts";
import { isLeaseExpired, type LeaseRecord } from "../../store/lease.ts";
import type { Store } from "../../store/store.ts";
import { isBusy } from "../../store/store-error.ts";
import { isOwnerGone, nameBriefly } from "../../platform/owner.ts";

/**
 * The right to work on a store, for one worker at a time (guarantee P8). Time only decides who may ask for the lease. The epoch keeps two
 * workers apart, because it is compared inside every commit. So a clock that jumps, or a worker that stood still for an hour, can move the
 * lease but never doubles work.
 *
 * The keeper goes by the machine's clock, whatever clock the system has.
 */
export interface LeaseKeeper {
  /** Takes the lease if it is free, expired, or its owner is gone, and renews it from then on. Whether it is held now. */
  tryTake(): boolean;
  /** The owner from whom it was taken without having been given back; `undefined` if it was free. */
  readonly takenFrom: string | undefined;
  /** Compares the epoch. Call it inside a transaction. @throws ProcessError `LEASE_LOST` */
  check(): void;
  /**
   * Whether it has not been renewed for as long as it holds. Then others may have accepted events without leaving word of them, and only
   * a walk through the store finds these: `onLate` is told after the next renewal.
   */
  isLate(): boolean;
  /** Whether the lease is this worker's, by the store. */
  isHeld(): boolean;
  /**
   * Gives the lease up, so that another worker need not wait until it expires.
   * @throws ProcessError `LEASE_LOST` if another worker has taken it before
   */
  release(): void;
  /** Forgets the lease without a write, as the end of the OS process would. */
  abandon(): void;
}

interface LeaseListeners {
  /** It is told once, and after the call that found it out, whichever that was: a renewal, a commit, a look at the store, the end. */
  readonly onLost: (error: ProcessError) => void;
  readonly onLate: () => void;
  readonly onError: (error: unknown) => void;
}

export function createLeaseKeeper(store: Store, owner: string, durationMs: number, listeners: LeaseListeners): LeaseKeeper {
  return new Keeper(store, owner, durationMs, listeners);
}

class Keeper implements LeaseKeeper {
  readonly #store: Store;
  readonly #owner: string;
  readonly #durationMs: number;
  readonly #listeners: LeaseListeners;
  #epoch: number | undefined;
  #isLost = false;
  #takenFrom: string | undefined;
  /** The last renewal found the store locked. */
  #wasBusy = false;
  #stopRenewing = () => {};
  /** By the steady clock, and not after the commit: nobody has seen it unchanged for longer. */
  #renewedAt = 0;

  constructor(store: Store, owner: string, durationMs: number, listeners: LeaseListeners) {
    this.#store = store;
    this.#owner = owner;
    this.#durationMs = durationMs;
    this.#listeners = listeners;
  }

  tryTake(): boolean {
    const [owner, durationMs] = [this.#owner, this.#durationMs];
    const taken = this.#store.transact(() => takeFree(this.#store, { owner, durationMs, takenFrom: this.#takenFrom }));
    if (taken === undefined) return false;
    this.#epoch = taken.epoch;
    this.#takenFrom = taken.from;
    this.#renewedAt = taken.at;
    this.#isLost = false;
    this.#stopRenewing();
    this.#wasBusy = false;
    // Where others write without a pause, several in a row may find a lock: the lease must outlast more than two of them.
    this.#stopRenewing = repeat(
      () => this.#renew(),
      () => durationMs / (this.#wasBusy ? 30 : 3),
    );
    return true;
  }

  get takenFrom(): string | undefined {
    return this.#takenFrom;
  }

  check(): void {
    const loss = this.#findLoss();
    if (loss !== undefined) throw loss;
  }

  isLate(): boolean {
    return this.#epoch !== undefined && steadyClock.now() - this.#renewedAt >= this.#durationMs;
  }

  isHeld(): boolean {
    return this.#epoch !== undefined && this.#findLoss() === undefined;
  }

  abandon(): void {
    this.#stopRenewing();
    this.#epoch = undefined;
  }

  release(): void {
    if (this.#epoch === undefined) return;
    try {
      giveBack(this.#store, () => this.check());
    } finally {
      this.abandon();
    }
  }

  /** Why the lease is not held, if it is not. */
  #findLoss(): ProcessError | undefined {
    const lease = this.#store.lease.read();
    if (this.#epoch !== undefined && lease?.epoch === this.#epoch) return undefined;
    const error = refuseLost(this.#owner, this.#epoch, lease);
    if (this.#epoch !== undefined && !this.#isLost) {
      this.#isLost = true;
      void Promise.resolve(error).then(this.#listeners.onLost);
    }
    return error;
  }

  #renew(): void {
    try {
      this.#prolong();
    } catch (error) {
      if (!ProcessError.is(error, "LEASE_LOST")) this.#listeners.onError(error);
    }
  }

  #prolong(): void {
    this.#wasBusy = false;
    try {
      const { at, wasLate } = this.#store.transact(() => {
        // Within the transaction, because others accept before it or after it.
        const now = { at: steadyClock.now(), wasLate: this.isLate() };
        if (this.#epoch === undefined || !this.#store.lease.prolong(this.#epoch, systemClock.now() + this.#durationMs)) this.check();
        return now;
      });
      this.#renewedAt = at;
      if (wasLate) this.#listeners.onLate();
    } catch (error) {
      if (!isBusy(error)) throw error;
      this.#wasBusy = true;
      // To read that it is lost takes no lock.
      this.#findLoss();
    }
  }
}

/** Takes the lease if it may be taken, and says which owner had not given it back. Call it inside a transaction. */
function takeFree(
  store: Store,
  { owner, durationMs, takenFrom }: { readonly owner: string; readonly durationMs: number; readonly takenFrom: string | undefined },
): { readonly epoch: number; readonly from: string | undefined; readonly at: number } | undefined {
  const lease = store.lease.read();
  const now = systemClock.now();
  if (lease !== undefined && !isFree(lease, owner, now)) return undefined;
  const epoch = (lease?.epoch ?? 0) + 1;
  store.lease.write({ owner, epoch, expiresAt: now + durationMs, durationMs });
  // A worker that could not begin takes its own lease again, and then whatever that lease had replaced still counts.
  const isGivenBack = lease === undefined || lease.expiresAt === 0;
  return { epoch, at: steadyClock.now(), from: isGivenBack ? undefined : lease.owner === owner ? takenFrom : lease.owner };
}

function giveBack(store: Store, check: () => void): void {
  store.transact(() => {
    check();
    store.lease.write({ ...store.lease.read()!, expiresAt: 0 });
  });
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
  return lease.owner === owner || isLeaseExpired(lease, now) || isOwnerGone(lease.owner);
}
