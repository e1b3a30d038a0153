import { expect, onTestFinished, test, vi } from "vitest";
import { ProcessError } from "../../src/errors.ts";
import { createLeaseKeeper } from "../../src/runtime/worker/lease-keeper.ts";
import type { LeaseRecord } from "../../src/store/lease.ts";
import type { Store } from "../../src/store/store.ts";
import { fakeClocks } from "../support/fake-clocks.ts";

const DURATION_MS = 3_000;

test("a lease outlasts several renewals in a row that find the store locked", () => {
  onTestFinished(fakeClocks());
  let lease: LeaseRecord | undefined;
  let locked = 0;
  const store = {
    lease: {
      read: () => lease,
      write: (next: LeaseRecord) => void (lease = next),
      prolong: (epoch: number, expiresAt: number) => {
        if (lease?.epoch === epoch) lease = { ...lease, expiresAt };
        return lease?.epoch === epoch;
      },
    },
    transact: <Result>(work: () => Result) => {
      locked -= 1;
      if (locked >= 0) throw new ProcessError("STORE_UNAVAILABLE", "locked", { details: { isBusy: true } });
      return work();
    },
  } as unknown as Store;
  const onError = vi.fn<(error: unknown) => void>();
  const keeper = createLeaseKeeper(store, "host:1:a", DURATION_MS, { onLost: onError, onLate: () => {}, onError });
  onTestFinished(() => keeper.abandon());
  expect(keeper.tryTake()).toBe(true);

  for (let round = 0; round < 5; round += 1) {
    locked = 5;
    const until = Date.now() + DURATION_MS;
    while (Date.now() < until) {
      vi.advanceTimersByTime(10);
      expect(lease!.expiresAt).toBeGreaterThan(Date.now());
    }
  }
  expect(onError).not.toHaveBeenCalled();
});
