import * as fc from "fast-check";
import { NonRetryableError, RetryLaterError } from "perdure";
import { describe, expect, test as it } from "vitest";
import { ProcessError } from "../../src/errors.ts";
import { type RetryPolicy, retryStrategies } from "../../src/definition/model/attempt-settings.ts";
import { computeRetryDelay, decideRetry } from "../../src/runtime/decide/retry.ts";

const policy: RetryPolicy = {
  retryStrategy: "exponential",
  maxRetries: 3,
  initialDelayMs: 1_000,
  maxDelayMs: 30_000,
  factor: 2,
  jitter: 0,
};
const noChance = () => 0;
const delaysOf = (changes: Partial<RetryPolicy>, attempts = 7) =>
  Array.from({ length: attempts }, (_, index) => computeRetryDelay({ ...policy, ...changes }, index + 1, noChance));
const failure = (error: unknown, attempt = 1) => ({ attempt, error, now: 1_000_000 });

const anyPolicy: fc.Arbitrary<RetryPolicy> = fc.record({
  retryStrategy: fc.constantFrom(...retryStrategies),
  maxRetries: fc.nat(50),
  initialDelayMs: fc.nat(10 ** 9),
  maxDelayMs: fc.nat(10 ** 9),
  factor: fc.double({ min: 1, max: 1e6, noNaN: true }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const anyChance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("the delay before a retry", () => {
  it("is the same every time with fixed", () => {
    expect(delaysOf({ retryStrategy: "fixed" })).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000]);
  });

  it("grows by the initial delay with linear", () => {
    expect(delaysOf({ retryStrategy: "linear" })).toEqual([1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000]);
  });

  it("grows factor-fold with exponential, up to the cap", () => {
    expect(delaysOf({})).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(delaysOf({ factor: 3, maxDelayMs: 10_000 }, 4)).toEqual([1_000, 3_000, 9_000, 10_000]);
  });

  it("is capped with every strategy, also where the initial delay is above the cap and where the power overflows", () => {
    expect(delaysOf({ retryStrategy: "fixed", maxDelayMs: 400 }, 2)).toEqual([400, 400]);
    expect(delaysOf({ retryStrategy: "linear", maxDelayMs: 2_500 }, 3)).toEqual([1_000, 2_000, 2_500]);
    expect(computeRetryDelay(policy, 5_000, noChance)).toBe(30_000);
  });

  it("is a whole number between the cap, and what chance may take off, and never negative", () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: 2_000 }), anyChance, (policy, attempt, chance) => {
        const nominal = computeRetryDelay({ ...policy, jitter: 0 }, attempt, () => chance);
        const delayMs = computeRetryDelay(policy, attempt, () => chance);
        expect(Number.isSafeInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(nominal).toBeLessThanOrEqual(policy.maxDelayMs);
        expect(delayMs).toBeLessThanOrEqual(nominal);
        expect(delayMs).toBeGreaterThanOrEqual(Math.floor(nominal * (1 - policy.jitter)) - 1);
      }),
    );
  });

  it("never shrinks from one attempt to the next where chance takes nothing off", () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: 2_000 }), (policy, attempt) => {
        expect(computeRetryDelay(policy, attempt + 1, noChance)).toBeGreaterThanOrEqual(computeRetryDelay(policy, attempt, noChance));
      }),
    );
  });

  it("loses the share that jitter and chance name", () => {
    expect(computeRetryDelay({ ...policy, jitter: 0.5 }, 1, () => 0.5)).toBe(750);
    expect(computeRetryDelay({ ...policy, jitter: 1 }, 1, () => 0.999)).toBe(1);
    expect(computeRetryDelay({ ...policy, jitter: 0.1 }, 1, () => 0)).toBe(1_000);
  });
});

describe("the decision after a failed attempt", () => {
  it("is to retry maxRetries times and then to give up with the last error", () => {
    fc.assert(
      fc.property(anyPolicy, fc.integer({ min: 1, max: 60 }), anyChance, (policy, attempt, chance) => {
        const error = new Error("still down");
        const decision = decideRetry(policy, failure(error, attempt), () => chance);
        if (policy.retryStrategy === "none" || attempt > policy.maxRetries) expect(decision).toEqual({ decision: "give-up", error });
        else expect(decision).toEqual({ decision: "retry", at: 1_000_000 + computeRetryDelay(policy, attempt, () => chance) });
      }),
    );
  });

  it("is to give up at once for a NonRetryableError, a look-alike of another package, and a subclass with a name of its own", () => {
    class CardDeclined extends NonRetryableError {
      override readonly name = "CardDeclined";
    }
    const lookAlike = Object.assign(new Error("no"), { name: "NonRetryableError" });
    for (const error of [new NonRetryableError("no"), lookAlike, new CardDeclined("no")]) {
      expect(decideRetry(policy, failure(error), noChance)).toEqual({ decision: "give-up", error });
    }
  });

  it("is to give up at once for a mistake that another attempt would repeat", () => {
    for (const code of ["COMMAND_INVALID", "COMMAND_PAYLOAD_INVALID", "COMMAND_UNKNOWN", "DURATION_INVALID", "EVENT_INVALID"] as const) {
      const error = new ProcessError(code, "wrong");
      expect(decideRetry(policy, failure(error), noChance)).toEqual({ decision: "give-up", error });
    }
    expect(decideRetry(policy, failure(new ProcessError("HANDLER_TIMEOUT", "slow")), noChance)).toMatchObject({ decision: "retry" });
  });

  it("takes the delay a RetryLaterError or a look-alike names, in all its forms, in place of the strategy's, beyond the cap too", () => {
    const lookAlike = Object.assign(new Error("later"), { name: "RetryLaterError", after: "2h" });
    const cases: readonly [unknown, number][] = [
      [new RetryLaterError({ after: "2h" }), 1_000_000 + 7_200_000],
      [lookAlike, 1_000_000 + 7_200_000],
      [new RetryLaterError({ after: 250 }), 1_000_250],
      [new RetryLaterError({ after: new Date(5_000_000) }), 5_000_000],
    ];
    for (const [error, at] of cases)
      expect(decideRetry({ ...policy, jitter: 1 }, failure(error), () => 0.5)).toEqual({ decision: "retry", at });
  });

  it("counts a RetryLaterError as an attempt", () => {
    const error = new RetryLaterError({ after: "2h" });
    expect(decideRetry(policy, failure(error, 3), noChance).decision).toBe("retry");
    expect(decideRetry(policy, failure(error, 4), noChance)).toEqual({ decision: "give-up", error });
  });

  it("is to give up with the error about the delay where a RetryLaterError names none that is understood", () => {
    for (const after of ["soon", "-1h", "1mo", "", Number.NaN, -5, new Date(Number.NaN)]) {
      const decision = decideRetry(policy, failure(new RetryLaterError({ after: after as Date })), noChance);
      expect(decision).toMatchObject({ decision: "give-up", error: { code: "DURATION_INVALID" } });
    }
  });

  it("takes an error with a name that looks like it but says nothing of when for an ordinary one", () => {
    const error = Object.assign(new Error("later"), { name: "RetryLaterError" });
    expect(decideRetry(policy, failure(error), noChance)).toEqual({ decision: "retry", at: 1_001_000 });
  });

  it("takes anything thrown that is no Error for an ordinary failure", () => {
    for (const error of ["down", undefined, null, 7, { name: "NonRetryableError" }]) {
      expect(decideRetry(policy, failure(error), noChance)).toEqual({ decision: "retry", at: 1_001_000 });
    }
  });
});
