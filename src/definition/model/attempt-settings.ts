import type { Duration } from "../../platform/duration.ts";

export const retryStrategies = ["none", "fixed", "linear", "exponential"] as const;

export type RetryStrategy = (typeof retryStrategies)[number];

/** How failed attempts are repeated, as a user says it. */
export interface RetryOptions {
  /**
   * How the delay grows from one retry to the next: not at all (`fixed`), by `initialDelay` (`linear`), or `factor`-fold
   * (`exponential`, the default). `none` gives up after the first attempt.
   */
  readonly retryStrategy?: RetryStrategy;
  /** Attempts after the first. Default 3. */
  readonly maxRetries?: number;
  /** The delay before the first retry. Default `"1s"`. */
  readonly initialDelay?: Duration | (string & {});
  /** The longest delay. Default `"30s"`. */
  readonly maxDelay?: Duration | (string & {});
  /** By what `exponential` multiplies the delay. Default 2. */
  readonly factor?: number;
  /** The share of each delay, from 0 to 1, that may be taken off at random, so that instances do not retry all at once. Default 0.1. */
  readonly jitter?: number;
}

/** How failed attempts are repeated. */
export interface RetryPolicy {
  readonly retryStrategy: RetryStrategy;
  /** Attempts after the first. */
  readonly maxRetries: number;
  readonly initialDelayMs: number;
  /** The longest computed delay. */
  readonly maxDelayMs: number;
  /** By what `exponential` multiplies the delay from one attempt to the next. */
  readonly factor: number;
  /** The share of a delay, from 0 to 1, that may be taken off at random. Nothing is ever added, so that the longest delay holds. */
  readonly jitter: number;
}

/** What a process or a command says of its own attempts. What it leaves out is as the system says. */
export interface AttemptSettings {
  readonly retry: Partial<RetryPolicy> | undefined;
  readonly timeoutMs: number | undefined;
}

/** Of a process or a command that says nothing of its own attempts. */
export const noAttemptSettings: AttemptSettings = { retry: undefined, timeoutMs: undefined };
