import { ProcessError } from "../../errors.ts";
import { callAt, type Clock } from "../../platform/clock.ts";
import type { Cut } from "../schedule/cut.ts";

export type AttemptResult<Value> =
  | { readonly outcome: "succeeded"; readonly value: Value }
  | { readonly outcome: "failed"; readonly error: unknown }
  /** The system stopped first; it does not count as an attempt. */
  | { readonly outcome: "cut" };

/** What an attempt is given to find out that it has ended before it settled. */
export interface AttemptEnd {
  /** Made when it is first asked for: it costs several times as much as the rest of an attempt. */
  readonly signal: AbortSignal;
}

/**
 * Runs one attempt. It ends when `run` settles, at the time limit, or when `cut` is made, whichever is first; `run`'s
 * signal aborts in the last two cases. What `run` does after that has no say any more.
 */
export function runAttempt<Value>(
  run: (attemptEnd: AttemptEnd) => Promise<Value>,
  limits: { readonly clock: Clock; readonly timeoutMs: number; readonly cut: Cut; readonly name: () => string; readonly onEnd?: () => void },
): Promise<AttemptResult<Value>> {
  const { clock, timeoutMs, cut, name, onEnd } = limits;
  return new Promise((resolve) => {
    const controller = new AbortController();
    const end = (result: AttemptResult<Value>) => {
      callOff();
      leave();
      onEnd?.();
      resolve(result);
    };
    const onCut = () => {
      controller.abort(new ProcessError("HANDLER_CUT", `${name()} was cut off because the system stops; it runs again later`));
      end({ outcome: "cut" });
    };
    const onTime = () => {
      const error = new ProcessError("HANDLER_TIMEOUT", `${name()} did not settle within ${timeoutMs} ms`, {
        hint: "Pass `signal` on to what the handler waits for, or raise processes.handlerTimeout.",
      });
      controller.abort(error);
      end({ outcome: "failed", error });
    };
    const leave = cut.join(onCut);
    const callOff = callAt(clock, clock.now() + timeoutMs, onTime);
    if (cut.isMade) return onCut();
    // Node makes a controller's signal when it is read.
    run(controller).then(
      (value) => end({ outcome: "succeeded", value }),
      (error: unknown) => end({ outcome: "failed", error }),
    );
  });
}

/** `args` with the attempt's `signal`, which is made when a handler reads it. */
export function addSignal<Args extends object>(args: Args, attemptEnd: AttemptEnd): Args & AttemptEnd {
  return Object.defineProperty(args, "signal", { get: () => attemptEnd.signal, enumerable: true, configurable: true }) as Args & AttemptEnd;
}
