import { ProcessError } from "../../errors.ts";
import { callAt, type Clock } from "../../platform/clock.ts";
import type { Cut } from "../schedule/cut.ts";

export type AttemptResult<Value> =
  | { readonly outcome: "succeeded"; readonly value: Value }
  | { readonly outcome: "failed"; readonly error: unknown }
  /** The system stopped first; it does not count as an attempt. */
  | { readonly outcome: "cut" };

/**
 * Runs one attempt. It ends when `run` settles, at the time limit, or when `cut` is made, whichever is first; `run`'s
 * signal aborts in the last two cases. What `run` does after that has no say any more.
 */
export function runAttempt<Value>(
  run: (signal: AbortSignal) => Promise<Value>,
  limits: { readonly clock: Clock; readonly timeoutMs: number; readonly cut: Cut; readonly name: string },
): Promise<AttemptResult<Value>> {
  const { clock, timeoutMs, cut, name } = limits;
  return new Promise((resolve) => {
    const controller = new AbortController();
    const end = (result: AttemptResult<Value>) => {
      callOff();
      leave();
      resolve(result);
    };
    const onCut = () => {
      controller.abort(new ProcessError("HANDLER_CUT", `${name} was cut off because the system stops; it runs again later`));
      end({ outcome: "cut" });
    };
    const onTime = () => {
      const error = new ProcessError("HANDLER_TIMEOUT", `${name} did not settle within ${timeoutMs} ms`, {
        hint: "Pass `signal` on to what the handler waits for, or raise processes.handlerTimeout.",
      });
      controller.abort(error);
      end({ outcome: "failed", error });
    };
    const leave = cut.join(onCut);
    const callOff = callAt(clock, clock.now() + timeoutMs, onTime);
    if (cut.isMade) return onCut();
    run(controller.signal).then(
      (value) => end({ outcome: "succeeded", value }),
      (error: unknown) => end({ outcome: "failed", error }),
    );
  });
}
