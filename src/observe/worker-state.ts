import { isOwnerGone, isOwnerRunning, locateOwner } from "../platform/owner.ts";
import { isLeaseExpired, type LeaseRecord } from "../store/lease.ts";

/** Which worker a store has, as far as its lease tells. */
export interface WorkerState {
  /** Whether there is a worker. A worker on another machine counts until its lease has expired, because nothing else tells. */
  readonly isAlive: boolean;
  /** Whether its lease has expired although its OS process runs, because code that blocks keeps it from renewing the lease. */
  readonly standsStill: boolean;
  readonly host: string | undefined;
  readonly pid: number | undefined;
  readonly expiresAt: Date | undefined;
}

/** `now` is in milliseconds since 1970 by the machine's own clock, because the lease is too. */
export function readWorkerState(lease: LeaseRecord | undefined, now: number): WorkerState {
  // A worker that ends gives its lease back by letting it expire at 0.
  if (lease === undefined || lease.expiresAt === 0)
    return { isAlive: false, standsStill: false, host: undefined, pid: undefined, expiresAt: undefined };
  const isExpired = isLeaseExpired(lease, now);
  return {
    isAlive: !isExpired && !isOwnerGone(lease.owner),
    standsStill: isExpired && isOwnerRunning(lease.owner),
    ...locateOwner(lease.owner),
    expiresAt: new Date(lease.expiresAt),
  };
}
