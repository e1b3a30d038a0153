import { describe, expect, test as it } from "vitest";
import { readWorkerState } from "../../src/observe/worker-state.ts";
import { nameOwner } from "../../src/platform/owner.ts";
import { isLeaseExpired } from "../../src/store/lease.ts";

const now = 1_000_000_000;
const durationMs = 10_000;

describe("a lease", () => {
  it.each<[string, number, boolean]>([
    ["was just renewed", now + durationMs, false],
    ["ends in a millisecond", now + 1, false],
    ["ends now", now, true],
    ["was given back", 0, true],
    ["lasts a little longer than it is long, as where clocks differ", now + 2 * durationMs, false],
    ["was written by a clock that has been set back since", now + 2 * durationMs + 1, true],
  ])("that %s counts so for whoever asks for the worker", (_, expiresAt, isExpired) => {
    const lease = { owner: nameOwner("1"), epoch: 1, expiresAt, durationMs };
    expect(isLeaseExpired(lease, now)).toBe(isExpired);
    expect(readWorkerState(lease, now)).toMatchObject({ isAlive: !isExpired });
  });
});
