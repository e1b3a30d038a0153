import type { RetryPolicy, RetryStrategy } from "../../definition/model/attempt-settings.ts";
import { ProcessError, type ErrorCode } from "../../errors.ts";
import { resolveMoment } from "../../platform/duration.ts";
import type { Random } from "../../platform/random.ts";
import { isError, readOr } from "../../record/excerpt.ts";

export type RetryDecision = { readonly decision: "retry"; readonly at: number } | { readonly decision: "give-up"; readonly error: unknown };

/** Decides what becomes of a step whose `attempt` (from 1) failed with `error` at `now`. */
export function decideRetry(
  policy: RetryPolicy,
  failure: { readonly attempt: number; readonly error: unknown; readonly now: number },
  random: Random,
): RetryDecision {
  const { attempt, error, now } = failure;
  const reason = findReason(error);
  if (isFinal(reason) || policy.retryStrategy === "none" || attempt > policy.maxRetries) return { decision: "give-up", error };
  if (!isRetryLater(reason)) return { decision: "retry", at: now + computeRetryDelay(policy, attempt, random) };
  try {
    return { decision: "retry", at: resolveMoment(reason.after, now, "RetryLaterError.after") };
  } catch (invalid) {
    return { decision: "give-up", error: invalid };
  }
}

/** The delay after a failed `attempt` (from 1), in whole milliseconds. */
export function computeRetryDelay(policy: RetryPolicy, attempt: number, random: Random): number {
  const { initialDelayMs, maxDelayMs, factor, jitter } = policy;
  // Without a first delay no later attempt has one, even where the growth is infinite and 0 times infinity would not be a number.
  const nominal = initialDelayMs === 0 ? 0 : Math.min(maxDelayMs, initialDelayMs * growth(policy.retryStrategy, attempt, factor));
  return Math.round(nominal * (1 - jitter * random()));
}

function growth(strategy: RetryStrategy, attempt: number, factor: number): number {
  switch (strategy) {
    case "none":
      return 0;
    case "fixed":
      return 1;
    case "linear":
      return attempt;
    case "exponential":
      return factor ** (attempt - 1);
  }
}

// These errors are mistakes in the code or its input, so the next attempt would fail the same way.
const finalCodes: ReadonlySet<string> = new Set<ErrorCode>([
  "COMPLETE_WHEN_INVALID",
  "CONTEXT_INVALID",
  "COMMAND_INVALID",
  "COMMAND_PAYLOAD_INVALID",
  "COMMAND_OUTPUT_INVALID",
  "COMMAND_UNKNOWN",
  "DURATION_INVALID",
  "EVENT_INVALID",
  "EVENT_PAYLOAD_INVALID",
  "HANDLER_MISSING",
  "LIMIT_KEY_INVALID",
  "SCHEMA_ASYNC",
  "TIMEOUT_INVALID",
  "TRANSACTION_INVALID",
  "TRANSACTION_OVER",
]);

/** A schema that threw may have asked somebody who answers the next attempt, so that what it threw decides, as if the handler had thrown that. */
function findReason(error: unknown): unknown {
  if (!ProcessError.is(error, "COMMAND_PAYLOAD_INVALID") && !ProcessError.is(error, "EVENT_PAYLOAD_INVALID")) return error;
  return "cause" in error && error.cause !== undefined ? error.cause : error;
}

function isFinal(error: unknown): boolean {
  return isNamed(error, "NonRetryableError") || (ProcessError.is(error) && readOr(false, () => finalCodes.has(error.code)));
}

function isRetryLater(error: unknown): error is Error & { readonly after: unknown } {
  return isNamed(error, "RetryLaterError") && readOr(false, () => "after" in error);
}

// Classes are compared by name, up the chain, so that subclasses and classes of another copy of this package count. What cannot be read has
// no name.
function isNamed(error: unknown, name: string): error is Error {
  if (!isError(error)) return false;
  return readOr(false, () => {
    if (error.name === name) return true;
    for (
      let proto: unknown = Object.getPrototypeOf(error);
      proto !== null && typeof proto === "object";
      proto = Object.getPrototypeOf(proto)
    ) {
      if (typeof proto.constructor === "function" && proto.constructor.name === name) return true;
    }
    return false;
  });
}
