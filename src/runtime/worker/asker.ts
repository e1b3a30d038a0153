import { ProcessError, type ErrorCode } from "../../errors.ts";
import { steadyClock, systemClock } from "../../platform/clock.ts";
import type { Intervention } from "../../store/intervention.ts";
import type { Requests } from "../../store/requests.ts";
import { repeat } from "../../platform/repeat.ts";

// The worker looks for requests every 50 ms. The rest of the time is for a worker that is busy or is being replaced.
const PATIENCE_MS = 30_000;
const LOOK_MS = 25;

/**
 * Asks the worker, which is in another OS process, by a row that the worker will find, and waits for its answer.
 * @throws ProcessError the worker's refusal; `REQUEST_PENDING` if no worker answers in half a minute, and then the row stays for the next
 * worker, and for whoever asks the same again; what `whyEnded` returns, as soon as it returns something
 */
export async function askWorker(
  requests: Requests,
  body: Intervention,
  write: <Result>(work: () => Result) => Promise<Result>,
  whyEnded: () => unknown,
): Promise<void> {
  const requestedAt = systemClock.now();
  const patientUntil = steadyClock.now() + PATIENCE_MS;
  // Whoever asked before that waits no more.
  const id = await write(() => requests.ask(body, requestedAt, requestedAt - PATIENCE_MS));
  const answer = await new Promise<ReturnType<Requests["readAnswer"]>>((resolve, reject) => {
    const end = repeat(() => {
      const reason = whyEnded();
      if (reason !== undefined) {
        end();
        return reject(reason);
      }
      try {
        const found = requests.readAnswer(id);
        if (found === undefined && steadyClock.now() < patientUntil) return;
        end();
        resolve(found);
      } catch (error) {
        end();
        reject(error);
      }
    }, LOOK_MS);
  });
  if (answer === undefined) {
    throw new ProcessError("REQUEST_PENDING", `no worker answered the request to ${body.kind} within ${PATIENCE_MS / 1000} s`, {
      hint: "Start a worker on this store: it carries the request out.",
      details: { request: body },
    });
  }
  // The answer holds whether its row goes or stays. A row that stays is removed when a later worker starts.
  await write(() => requests.remove(id)).catch(() => {});
  if (answer.outcome === "refused") throw readRefusal(answer.refusal);
}

/** A refusal as text, from which the asker makes the error again. */
export function writeRefusal(error: ProcessError): string {
  const { code, problem, hint, details } = error;
  // The stored name of the problem is `message`, because workers and askers of earlier versions call it so.
  return JSON.stringify({ code, message: problem, hint, details });
}

function readRefusal(refusal: string): ProcessError {
  const {
    code,
    message: problem,
    hint,
    details,
  } = JSON.parse(refusal) as {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint?: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
  return new ProcessError(code, problem, { details, ...(hint !== undefined && { hint }) });
}
