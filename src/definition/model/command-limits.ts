import type { Command } from "./command.ts";

/** How many of a command may run, and how often they may begin, as a user says it. */
export interface CommandLimitOptions {
  /** How many of the command run at once. */
  readonly concurrency?: number;
  /** How many attempts begin within a length of time at most: `"100/1m"` is a hundred within any minute. */
  readonly rate?: `${number}/${string}` | (string & {});
  /**
   * What the limits count apart: the name of a field of the payload, or a function of the command, which gives a text or a number. Without it,
   * all commands of the name count together.
   */
  readonly key?: string | ((command: Command<never>) => unknown);
}

/** How many of a command may run, and how often they may begin. */
export interface CommandLimits {
  readonly concurrency: number | undefined;
  readonly rate: Rate | undefined;
  /** What the limits count apart; `undefined`: nothing. It is the user's function, so it may throw, or give anything. */
  readonly keyOf: ((command: Command) => unknown) | undefined;
}

/** At most `count` attempts begin within any window of `windowMs`. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}
