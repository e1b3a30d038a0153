import { hostname } from "node:os";
import { ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import type { LeaseRecord } from "../../store/lease.ts";
import type { Store } from "../../store/store.ts";
import { isBusy } from "../../store/store-error.ts";

/**
 * The right to work on a store, for one worker at a time (guarantee P8). Time decides only who may ask for it: what keeps two
 * workers apart is the epoch, which is compared inside every commit. So a clock that jumps, or a worker that was stopped
 * for an hour, can move the lease and never doubles work.
 *
 * It lives by the machine's own clock, whatever the clock of the system.
 */
export interface LeaseKeeper {
  /** Takes the lease if it is free, expired, or its owner is dead. Whether it is held now. */
  tryTake(): boolean;
  /** To be called inside a transaction. @throws ProcessError `LEASE_LOST` */
  check(): void;
  /** Whether the lease is this worker's, by the store. */
  isHeld(): boolean;
  /** Prolongs the lease. @throws ProcessError `LEASE_LOST` */
  renew(): void;
  /** Gives it up, so that another worker need not wait for it to expire. */
  release(): void;
  /** Forgets it without a write, as the end of the OS process would. */
  abandon(): void;
}

export function createLeaseKeeper(store: Store, owner: string, durationMs: number): LeaseKeeper {
  let epoch: number | undefined;

  const refuse = (lease: LeaseRecord | undefined) =>
    new ProcessError("LEASE_LOST", `worker ${owner} has lost the lease to ${lease?.owner ?? "nobody"}`, {
      hint: "Nothing was committed since. Call start() again to stand by.",
      details: { owner, epoch, lease },
    });

  const isHeld = () => epoch !== undefined && store.lease.read()?.epoch === epoch;

  const check = () => {
    if (!isHeld()) throw refuse(store.lease.read());
  };

  return {
    tryTake: () =>
      store.transact(() => {
        const lease = store.lease.read();
        const now = systemClock.now();
        if (lease !== undefined && !isFree(lease, owner, now)) return false;
        epoch = (lease?.epoch ?? 0) + 1;
        store.lease.write({ owner, epoch, expiresAt: now + durationMs, durationMs });
        livingOwners.add(owner);
        return true;
      }),
    check,
    isHeld,
    renew: () => {
      try {
        store.transact(() => {
          check();
          store.lease.write({ owner, epoch: epoch!, expiresAt: systemClock.now() + durationMs, durationMs });
        });
      } catch (error) {
        // The next renewal, or the next commit, will tell.
        if (!isBusy(error)) throw error;
      }
    },
    abandon: () => {
      livingOwners.delete(owner);
      epoch = undefined;
    },
    release: () => {
      if (epoch === undefined) return;
      store.transact(() => {
        const lease = store.lease.read();
        if (lease !== undefined && lease.epoch === epoch) store.lease.write({ ...lease, expiresAt: 0 });
      });
      livingOwners.delete(owner);
      epoch = undefined;
    },
  };
}

/** Names a worker so that another on the same machine can tell whether it is still alive. */
export function nameOwner(id: string): string {
  return `${hostname()}:${process.pid}:${id}`;
}

// Those who hold a lease in this OS process. Another owner with this process's id is one of before, from a container that was started again.
const livingOwners = new Set<string>();

function isFree(lease: LeaseRecord, owner: string, now: number): boolean {
  // An expiry further ahead than the lease is long was written by a clock that has been set back since.
  return lease.owner === owner || lease.expiresAt <= now || lease.expiresAt > now + 2 * lease.durationMs || isDead(lease.owner);
}

function isDead(owner: string): boolean {
  const [host, pid] = owner.split(":");
  if (host !== hostname()) return false;
  if (Number(pid) === process.pid) return !livingOwners.has(owner);
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
