import { ProcessError } from "../../errors.ts";
import { withoutContext } from "../../platform/async-context.ts";
import { callAt, type Clock } from "../../platform/clock.ts";
import { watchRejections } from "./rejections.ts";

export type AttemptResult<Value> =
  | { readonly outcome: "succeeded"; readonly value: Value }
  | { readonly outcome: "failed"; readonly error: unknown }
  /** The system stopped first, or the attempt's turn has not come, so it does not count as an attempt. */
  | { readonly outcome: "cut" };

/** What tells an attempt that it has ended. */
export interface AttemptEnd {
  /** Aborts when the attempt has ended before it settled. */
  readonly signal: AbortSignal;
  /** Whether the attempt has ended. */
  readonly isOver: boolean;
}

/** The attempts that are running, of handlers and of command handlers. */
export interface Attempts {
  /**
   * Runs one attempt. The attempt ends when `task` settles, at the time limit, or when `cut` is called, whichever is first. Its signal
   * aborts in the last two cases. What `task` does afterwards does not count. The attempt runs in its own async context.
   *
   * `name` says in errors what was attempted. `onEnd` is called before the result is returned. `isInDoubt` says that an earlier attempt may
   * have ended a worker, so this one also fails when one of its promises rejects unhandled.
   */
  run<Value>(
    task: (end: AttemptEnd) => Promise<Value>,
    name: () => string,
    onEnd?: () => void,
    isInDoubt?: boolean,
  ): Promise<AttemptResult<Value>>;
  /** Cuts off every attempt that begins later; those that run go on. */
  close(): void;
  /** Cuts off the attempts that run, too. */
  cut(): void;
  readonly running: number;
}

/** All attempts have the same time limit, so one timer watches over them. */
export function createAttempts(clock: Clock, timeoutMs: number): Attempts {
  const running = new Set<Limited>();
  let isClosed = false;
  let callOff: (() => void) | undefined;

  const watch = () => {
    // The attempts are in order of their beginning, which is that of their deadlines as long as the clock is not set back.
    const [oldest] = running;
    callOff = oldest === undefined ? undefined : callAt(clock, oldest.deadline, endOverdue);
  };
  const endOverdue = () => {
    const now = clock.now();
    for (const attempt of running) if (attempt.deadline <= now) attempt.onTime(timeoutMs);
    watch();
  };
  const leave = (attempt: Limited) => {
    running.delete(attempt);
    if (running.size > 0 || callOff === undefined) return;
    callOff();
    callOff = undefined;
  };

  return {
    run: <Value>(task: (end: AttemptEnd) => Promise<Value>, name: () => string, onEnd?: () => void, isInDoubt = false) =>
      new Promise<AttemptResult<Value>>((resolve) => {
        const attempt = new Attempt<Value>(clock.now() + timeoutMs, name, (result) => {
          leave(attempt);
          onEnd?.();
          resolve(result);
        });
        if (isClosed) return attempt.onCut();
        running.add(attempt);
        if (callOff === undefined) watch();
        attempt.follow(withoutContext(() => (isInDoubt ? attempt.watch(() => task(attempt)) : task(attempt))));
      }),
    close: () => {
      isClosed = true;
    },
    cut: () => {
      isClosed = true;
      for (const attempt of running) attempt.onCut();
    },
    get running() {
      return running.size;
    },
  };
}

/** What the time limit needs to know of an attempt. */
interface Limited {
  /** When the attempt is out of time, in milliseconds since 1970. */
  readonly deadline: number;
  onTime(timeoutMs: number): void;
  onCut(): void;
}

class Attempt<Value> implements AttemptEnd, Limited {
  readonly deadline: number;
  readonly #name: () => string;
  #tell: ((result: AttemptResult<Value>) => void) | undefined;
  #controller: AbortController | undefined;
  #abortedBy: unknown;
  #stopWatching: (() => void) | undefined;

  constructor(deadline: number, name: () => string, tell: (result: AttemptResult<Value>) => void) {
    this.deadline = deadline;
    this.#name = name;
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
      this.#abort(reason);
      this.#end({ outcome: "failed", error: reason });
      return true;
    });
    this.#stopWatching = watch.end;
    return watch.run(task);
  }

  onTime(timeoutMs: number): void {
    const error = new ProcessError("HANDLER_TIMEOUT", `${this.#name()} did not settle within ${timeoutMs} ms`, {
      hint: "Pass `signal` on to what the handler waits for, or raise processes.handlerTimeout.",
    });
    this.#abort(error);
    this.#end({ outcome: "failed", error });
  }

  onCut(): void {
    this.#abort(new ProcessError("HANDLER_CUT", `${this.#name()} was cut off because the system stops; it runs again later`));
    this.#end({ outcome: "cut" });
  }

  #abort(error: unknown): void {
    this.#abortedBy = error;
    this.#controller?.abort(error);
  }

  #end(result: AttemptResult<Value>): void {
    const tell = this.#tell;
    this.#tell = undefined;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    tell?.(result);
  }
}
