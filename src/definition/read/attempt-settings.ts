import { ProcessError } from "../../errors.ts";
import { expectOption, readOptionDuration, refuseUnknownKeys } from "../../platform/options.ts";
import { type AttemptSettings, type RetryOptions, type RetryPolicy, retryStrategies } from "../model/attempt-settings.ts";
import type { Report } from "../report/report.ts";

/**
 * What retry options say; what they leave out is not in it. `option` names them in the error.
 * @throws ProcessError `CONFIG_INVALID`
 */
export function readRetry(given: unknown, option: string): Partial<RetryPolicy> {
  refuseUnknownKeys(given, option, ["retryStrategy", "maxRetries", "initialDelay", "maxDelay", "factor", "jitter"]);
  // The cast holds, because each option is checked below.
  const { retryStrategy, maxRetries, initialDelay, maxDelay, factor, jitter } = given as RetryOptions;
  const name = (key: keyof RetryOptions) => `${option}.${key}`;
  if (retryStrategy !== undefined) {
    expectOption(retryStrategies.includes(retryStrategy), name("retryStrategy"), retryStrategy, `one of ${retryStrategies.join(", ")}`);
  }
  if (maxRetries !== undefined) {
    expectOption(Number.isInteger(maxRetries) && maxRetries >= 0, name("maxRetries"), maxRetries, "a whole number from 0");
  }
  if (factor !== undefined) expectOption(Number.isFinite(factor) && factor >= 1, name("factor"), factor, "a number from 1");
  if (jitter !== undefined) {
    expectOption(typeof jitter === "number" && jitter >= 0 && jitter <= 1, name("jitter"), jitter, "a number from 0 to 1");
  }
  return {
    ...(retryStrategy !== undefined && { retryStrategy }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(factor !== undefined && { factor }),
    ...(jitter !== undefined && { jitter }),
    ...(initialDelay !== undefined && { initialDelayMs: readOptionDuration(initialDelay, name("initialDelay")) }),
    ...(maxDelay !== undefined && { maxDelayMs: readOptionDuration(maxDelay, name("maxDelay")) }),
  };
}

/** How long an attempt may take, in milliseconds. @throws ProcessError `CONFIG_INVALID` */
export function readAttemptTimeout(given: unknown, option: string): number {
  const timeoutMs = readOptionDuration(given, option);
  expectOption(timeoutMs > 0, option, given, "longer than nothing");
  return timeoutMs;
}

/** What a process's config or a command's file says of its attempts. `timeoutKey` is what the time limit is called there. */
export function readAttemptSettings(
  given: Readonly<Record<string, unknown>>,
  timeoutKey: "handlerTimeout" | "timeout",
  file: string,
  report: Report,
): AttemptSettings {
  const { retry } = given;
  const timeout = given[timeoutKey];
  return {
    retry: retry === undefined ? undefined : readReported(() => readRetry(retry, "retry"), file, report),
    timeoutMs: timeout === undefined ? undefined : readReported(() => readAttemptTimeout(timeout, timeoutKey), file, report),
  };
}

/** What `read` returns; reported, and `undefined`, if it refuses a setting. */
export function readReported<Value>(read: () => Value, file: string, report: Report): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!ProcessError.is(error, "CONFIG_INVALID")) throw error;
    report.error("SETTING_INVALID", { file, reason: error.problem, fix: error.hint ?? "" });
    return undefined;
  }
}
