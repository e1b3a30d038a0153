import type { Command, CommandOptions, MoreCommandOptions } from "../../definition/model/command.ts";
import type { ProcessEvent } from "../../definition/model/event.ts";
import type { Logger } from "../../platform/logger.ts";
import type { AttemptEnd } from "./attempt.ts";

/**
 * Stands around every attempt: the function is called in the attempt's place, and calls `next` once, which runs the handler. The function
 * observes. It cannot change what comes of the attempt, with one exception: what it throws before it has called `next` fails the attempt,
 * and the handler does not run. Whatever it does afterwards, what the handler did stands. It runs in the attempt's async context, so the
 * handler sees a value that is set around `next`, and its own time counts towards the attempt's time limit.
 */
export type Around = (attempt: AroundAttempt, next: () => Promise<AttemptOutcome>) => Promise<unknown>;

/** What is attempted. */
export type AroundAttempt = StepAttempt | CommandAttempt | PolicyAttempt;

interface AnyAttempt {
  /**
   * The process and the instance that the attempt is for; for a command, those that dispatched it. Where there is no instance, `processId` is
   * empty, and `process` is the policy, or empty for a command from outside.
   */
  readonly process: string;
  readonly processId: string;
  readonly aggregateId: string;
  /** The handler's name, such as `on-order-placed`, or the command's name. */
  readonly handler: string;
  /** From 1. */
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** Aborts when the attempt has ended before its handler, because what the handler does afterwards does not count. */
  readonly signal: AbortSignal;
}

export interface StepAttempt extends AnyAttempt {
  readonly kind: "step";
  /** A copy of what the handler is given. */
  readonly event: ProcessEvent;
}

export interface PolicyAttempt extends AnyAttempt {
  readonly kind: "policy";
  /** A copy of what the handler is given. */
  readonly event: ProcessEvent;
}

export interface CommandAttempt extends AnyAttempt {
  readonly kind: "command";
  /** A copy of what the handler is given. Its `aggregateId` is the one the command is for. */
  readonly command: Command;
}

/** What came of an attempt that succeeded. Nothing of it is committed yet. */
export interface AttemptOutcome {
  /** What the handler dispatched, in order. A command's handler dispatches no commands. */
  readonly commands: readonly HeldCommand[];
  /** Events that a command's handler returned. A process's handler returns no events. */
  readonly events: readonly { readonly eventId: string; readonly type: string; readonly aggregateId: string }[];
}

/** A command that is stored when its attempt commits. */
export interface HeldCommand extends Command {
  /** The delay as the handler wrote it; `undefined` means at once. */
  readonly delay: CommandOptions["delay"];
  readonly key: MoreCommandOptions["key"] | undefined;
  readonly lane: MoreCommandOptions["lane"] | undefined;
}

/** An attempt with those who stand around it. */
export interface SurroundedAttempt<Value> {
  /** The first is the outermost. */
  readonly around: readonly Around[];
  readonly logger: Logger;
  /** What is attempted; the signal is added to it when the attempt begins. */
  describe(): Omit<StepAttempt, "signal"> | Omit<CommandAttempt, "signal"> | Omit<PolicyAttempt, "signal">;
  perform(end: AttemptEnd): Promise<Value>;
  tell(value: Value): AttemptOutcome;
}

/** An attempt that runs inside of those who stand around it. It gives what `perform` gives, and throws what `perform` throws. */
export function surround<Value>(surrounded: SurroundedAttempt<Value>): (end: AttemptEnd) => Promise<Value> {
  return (end) => performInside(surrounded, end);
}

async function performInside<Value>(
  { around, logger, describe, perform, tell }: SurroundedAttempt<Value>,
  end: AttemptEnd,
): Promise<Value> {
  const attempt: AroundAttempt = {
    ...describe(),
    get signal() {
      return end.signal;
    },
  };
  const innermost = async (): Promise<Done<Value>> => {
    refuseEnded(end);
    const value = await perform(end);
    refuseEnded(end);
    return { value, outcome: tell(value) };
  };
  const outermost = around.reduceRight<() => Promise<Done<Value>>>(
    (inner, each) => () => callAround(each, attempt, inner, logger),
    innermost,
  );
  return (await outermost()).value;
}

interface Done<Value> {
  readonly value: Value;
  readonly outcome: AttemptOutcome;
}

// An attempt that has ended may be repeated already, so a handler that began now would run beside its own next attempt.
function refuseEnded({ isOver, signal }: AttemptEnd): void {
  if (isOver) signal.throwIfAborted();
}

async function callAround<Value>(
  around: Around,
  attempt: AroundAttempt,
  inner: () => Promise<Done<Value>>,
  logger: Logger,
): Promise<Done<Value>> {
  let done: Promise<Done<Value>> | undefined;
  let hasReturned = false;
  const next = async (): Promise<AttemptOutcome> => {
    if (done !== undefined) throw new Error(`${place(attempt)}: next was called twice; the handler runs once in an attempt`);
    if (hasReturned) throw new Error(`${place(attempt)}: next was called after the attempt had ended; await it`);
    done = inner();
    return (await done).outcome;
  };
  try {
    await around(attempt, () => {
      const told = next();
      // The handler's failure fails the attempt. It must not also end the OS process because nobody awaits `next`.
      told.catch(() => {});
      return told;
    });
  } catch (error) {
    if (done === undefined) throw error;
    const { failure } = await findFailure(done);
    // The handler's own error fails the attempt. Any other error was thrown by whoever stands around.
    if (error !== failure) logger.error(`${place(attempt)}: it threw after the handler had run; what the handler did stands`, { error });
  } finally {
    hasReturned = true;
  }
  if (done === undefined)
    throw new Error(`${place(attempt)}: it returned without a call of next, so the handler has not run; call next once`);
  return done;
}

async function findFailure(done: Promise<unknown>): Promise<{ readonly failure?: unknown }> {
  try {
    await done;
    return {};
  } catch (failure) {
    return { failure };
  }
}

function place({ kind, handler, process, processId }: AroundAttempt): string {
  return `what stands around ${kind === "step" ? "handler" : kind} ${handler} of ${process} ${processId}`;
}
