import { ProcessError } from "../../errors.ts";
import { withoutContext } from "../../platform/async-context.ts";
import { callAt, type Clock, patienceClock } from "../../platform/clock.ts";
import { watchRejections } from "./rejections.ts";
import type { Span } from "../trace/telemetry.ts";

/** `span` is that of the attempt, which ends when what came of it is committed; there is none without telemetry. */
export type AttemptResult<Value> = { readonly outcome: "succeeded"; readonly value: Value; readonly span?: Span } | NotBegun;

/** What comes of an attempt that was not begun. One that was can come to the same. */
export type NotBegun =
  | { readonly outcome: "failed"; readonly error: unknown; readonly span?: Span }
  /** The system stopped first, or the attempt's turn has not come, so it does not count as an attempt. */
  | { readonly outcome: "cut" };

/** What tells an attempt that it has ended. */
export interface AttemptEnd {
  /** Aborts when the attempt has ended before it settled. */
  readonly signal: AbortSignal;
  /** Whether the attempt has ended. */
  readonly isOver: boolean;
}

/** What holds for one attempt. */
export interface AttemptTerms {
  /** Says in errors what was attempted. */
  readonly name: () => string;
  readonly limit: TimeLimit;
  /** Whether an earlier attempt may have ended a worker, so that this one also fails when one of its promises rejects unhandled. */
  readonly isInDoubt?: boolean;
  /** By this name it can be withdrawn. */
  readonly withdrawnBy?: string;
}

/** How long an attempt may take. */
export interface TimeLimit {
  readonly timeoutMs: number;
  /** Who says so, such as `processes.handlerTimeout`. */
  readonly option: string;
}

/** The attempts that are running, of handlers and of command handlers. */
export interface Attempts {
  /**
   * Runs one attempt. The attempt ends when `task` settles, at the time limit, or when `cut` is called, whichever is first. Its signal
   * aborts in the last two cases. What `task` does afterwards does not count. The attempt runs in its own async context.
   *
   * `onEnd` is called before the result is returned.
   */
  run<Value>(task: (end: AttemptEnd) => Promise<Value>, terms: AttemptTerms, onEnd?: () => void): Promise<AttemptResult<Value>>;
  /** Cuts off every attempt that begins later; those that run go on. */
  close(): void;
  /** Cuts off the attempt of that name, if it runs: its result is not wanted any more, because its state was left or its instance cancelled. */
  withdraw(name: string): void;
  /** Cuts off the attempts that run, too. */
  cut(): void;
  readonly running: number;
}

/** Attempts with the same time limit have one watch, because the limits of a system are few. */
export function createAttempts(systemsClock: Clock): Attempts {
  // A limit is a length of time, which does not change when the machine's clock is set.
  const clock = patienceClock(systemsClock);
  const watches = new Map<number, Watch>();
  const withdrawable = new Map<string, Limited>();
  let isClosed = false;
  let count = 0;
  const watchOf = (timeoutMs: number) => {
    const known = watches.get(timeoutMs) ?? new Watch(clock);
    watches.set(timeoutMs, known);
    return known;
  };

  return {
    run: <Value>(task: (end: AttemptEnd) => Promise<Value>, terms: AttemptTerms, onEnd?: () => void) =>
      new Promise<AttemptResult<Value>>((resolve) => {
        const { limit, isInDoubt = false } = terms;
        const watch = watchOf(limit.timeoutMs);
        const attempt = new Attempt<Value>(clock.now() + limit.timeoutMs, terms, (result) => {
          if (watch.leave(attempt)) count -= 1;
          if (terms.withdrawnBy !== undefined) withdrawable.delete(terms.withdrawnBy);
          onEnd?.();
          resolve(result);
        });
        if (isClosed) return attempt.onCut();
        count += 1;
        watch.enter(attempt);
        if (terms.withdrawnBy !== undefined) withdrawable.set(terms.withdrawnBy, attempt);
        attempt.follow(withoutContext(() => (isInDoubt ? attempt.watch(() => task(attempt)) : task(attempt))));
      }),
    close: () => {
      isClosed = true;
    },
    withdraw: (name) =>
      withdrawable
        .get(name)
        ?.onCut("its result is not wanted any more: its instance was cancelled, or the chart has left the state that invoked it"),
    cut: () => {
      isClosed = true;
      for (const watch of watches.values()) watch.cut();
    },
    get running() {
      return count;
    },
  };
}

/** Watches over the attempts with one time limit, with one timer. */
class Watch {
  readonly #clock: Clock;
  readonly #running = new Set<Limited>();
  #callOff: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  enter(attempt: Limited): void {
    this.#running.add(attempt);
    if (this.#callOff === undefined) this.#arm();
  }

  /** Returns whether it was here. */
  leave(attempt: Limited): boolean {
    if (!this.#running.delete(attempt)) return false;
    if (this.#running.size === 0) {
      this.#callOff?.();
      this.#callOff = undefined;
    }
    return true;
  }

  cut(): void {
    for (const attempt of this.#running) attempt.onCut();
  }

  #arm(): void {
    // The attempts are in order of their beginning, which is that of their deadlines, because this clock is not set back.
    const [oldest] = this.#running;
    this.#callOff = oldest === undefined ? undefined : callAt(this.#clock, oldest.deadline, () => this.#endOverdue());
  }

  #endOverdue(): void {
    const now = this.#clock.now();
    for (const attempt of this.#running) if (attempt.deadline <= now) attempt.onTime();
    this.#arm();
  }
}

/** What the time limit needs to know of an attempt. */
interface Limited {
  /** When the attempt is out of time, by the clock of its watch. */
  readonly deadline: number;
  onTime(): void;
  /** `why` completes "it was cut off because". */
  onCut(why?: string): void;
}

class Attempt<Value> implements AttemptEnd, Limited {
  readonly deadline: number;
  readonly #terms: AttemptTerms;
  #tell: ((result: AttemptResult<Value>) => void) | undefined;
  #controller: AbortController | undefined;
  #abortedBy: unknown;
  #stopWatching: (() => void) | undefined;

  constructor(deadline: number, terms: AttemptTerms, tell: (result: AttemptResult<Value>) => void) {
    this.deadline = deadline;
    this.#terms = terms;
    this.#tell = tell;
  }

  /** The signal is made when it is first asked for, because it would cost more than the rest of an attempt. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortedBy !== undefined) this.#controller.abort(this.#abortedBy);
    }
    return this.#controller.signal;
  }

  get isOver(): boolean {
    return this.#tell === undefined;
  }

  follow(task: Promise<Value>): void {
    task.then(
      (value) => this.#end({ outcome: "succeeded", value }),
      (error: unknown) => this.#end({ outcome: "failed", error }),
    );
  }

  /** Fails the attempt because one of its promises rejects unhandled. */
  watch(task: () => Promise<Value>): Promise<Value> {
    const watch = watchRejections((reason) => {
      if (this.#tell === undefined) return false;
      this.#endEarly({ outcome: "failed", error: reason }, reason);
      return true;
    });
    this.#stopWatching = watch.end;
    return watch.run(task);
  }

  onTime(): void {
    const { name, limit } = this.#terms;
    const error = new ProcessError("HANDLER_TIMEOUT", `${name()} did not settle within ${limit.timeoutMs} ms`, {
      hint: `Pass \`signal\` on to what the handler waits for, or raise ${limit.option}.`,
    });
    this.#endEarly({ outcome: "failed", error }, error);
  }

  onCut(why = "the system stops; it runs again later"): void {
    this.#endEarly({ outcome: "cut" }, new ProcessError("HANDLER_CUT", `${this.#terms.name()} was cut off because ${why}`));
  }

  /** The attempt is over before anybody who listens to its signal does more, because nothing of that counts. */
  #endEarly(result: AttemptResult<Value>, abortedBy: unknown): void {
    this.#abortedBy = abortedBy;
    this.#end(result);
    this.#controller?.abort(abortedBy);
  }

  #end(result: AttemptResult<Value>): void {
    const tell = this.#tell;
    this.#tell = undefined;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    tell?.(result);
  }
}
