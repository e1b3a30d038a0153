import { steadyClock, systemClock } from "../../platform/clock.ts";
import { isOwnerGone } from "../../platform/owner.ts";
import { isLeaseExpired, type Lease, type LeaseRecord } from "../../store/lease.ts";

/**
 * For an OS process that does not work: whether the worker need not be told of what is accepted now. That is so when the next one to
 * work goes through the whole store before anything else: one that takes the lease does, and so does one that renews its lease late.
 * Call it inside the transaction that accepts.
 */
export function createAbsence(lease: Lease): () => boolean {
  let seen: LeaseRecord | undefined;
  let since = 0;
  return () => {
    const found = lease.read();
    if (found === undefined || found.expiresAt === 0) return true;
    const now = steadyClock.now();
    if (seen?.epoch !== found.epoch || seen.expiresAt !== found.expiresAt) {
      seen = found;
      since = now;
    }
    if (!isLeaseExpired(found, systemClock.now())) return false;
    // The expiry is by a clock that may have jumped. Who has not renewed while a whole lease has passed here will find that out by itself.
    return now - since >= found.durationMs || isOwnerGone(found.owner);
  };
}
