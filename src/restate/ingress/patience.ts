import { errorToText, ProcessError } from "../../errors.ts";
import { type Clock, steadyClock } from "../../platform/clock.ts";
import { type Random, systemRandom } from "../../platform/random.ts";

/** What is sent to a server. */
export interface Message {
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a server answers. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends a message until it is answered. @throws ProcessError `RESTATE_UNREACHABLE` */
export type Ask = (url: string, message: Message) => Promise<Answer>;

export interface Patience {
  /** For how long to try, in milliseconds. */
  readonly limitMs: number;
  /** Sent with each message. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Default `true`. */
  readonly mayRetry?: boolean;
}

// The pause before the second attempt, and the longest between two.
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

// The last attempt may begin shortly before the limit.
const SHORTEST_ATTEMPT_MS = 1_000;

/**
 * Sends messages, and sends again what could not be delivered, and what the server could not take at the moment: 429, and 500 and above
 * unless the answer is what an invocation has ended with. So only send what does no harm when it arrives twice. An answer of the last
 * attempt is given as it is.
 */
export function createAsk({ limitMs, headers, clock = steadyClock, random = systemRandom, mayRetry = true }: Patience): Ask {
  return async (url, message) => {
    const endsAt = clock.now() + limitMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const leftMs = Math.max(SHORTEST_ATTEMPT_MS, endsAt - clock.now());
      const outcome = await send(url, { ...message, headers: { ...headers, ...message.headers } }, leftMs);
      const mayTryAgain = mayRetry && clock.now() + pauseMs < endsAt;
      if ("text" in outcome && !(mayTryAgain && isPassing(outcome))) return outcome;
      if ("error" in outcome && !mayTryAgain) throw refuseUnreachable(url, mayRetry ? limitMs : undefined, outcome.error);
      // Callers that were cut off together do not come back together.
      await wait(clock, pauseMs * (1 - random() / 2));
    }
  };
}

/** The same as `fetch`, for whoever takes one. */
export function createPatientFetch(ask: Ask): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const { method, headers, body } = init;
    const { status, text } = await ask(input instanceof Request ? input.url : input.toString(), {
      method: method === "POST" ? "POST" : "GET",
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === "string" && { body }),
    });
    return new Response(text === "" ? null : text, { status });
  };
}

type Outcome = { readonly status: number; readonly text: string } | { readonly error: unknown };

async function send(url: string, { method, headers = {}, body }: Message, limitMs: number): Promise<Outcome> {
  try {
    const answer = await fetch(url, {
      method,
      headers,
      signal: AbortSignal.timeout(Math.ceil(limitMs)),
      ...(body !== undefined && { body }),
    });
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    return { error };
  }
}

function isPassing({ status, text }: { readonly status: number; readonly text: string }): boolean {
  return (status === 429 || status >= 500) && readFailure(text).source !== "invocation";
}

/** What the body of an answer says of a failure. */
export interface Failure {
  readonly message: string;
  /** `invocation`: the invocation has ended with it, and no attempt would change that. `ingress`: the server has refused the message. */
  readonly source: string | undefined;
}

export function readFailure(text: string): Failure {
  try {
    const { message, source } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return { message: typeof message === "string" ? message : text, source: typeof source === "string" ? source : undefined };
  } catch {
    return { message: text === "" ? "nothing" : text, source: undefined };
  }
}

function wait(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, delayMs));
}

function refuseUnreachable(url: string, limitMs: number | undefined, error: unknown): ProcessError {
  const { origin } = new URL(url);
  // What `fetch` throws says only that it failed; its cause says why.
  const { cause = error } = error as { readonly cause?: unknown };
  return new ProcessError(
    "RESTATE_UNREACHABLE",
    `${origin} ${limitMs === undefined ? "does not answer" : `has not answered within ${limitMs} ms`}: ${errorToText(cause)}`,
    {
      hint: "Check that the server of Restate runs and that this is its address, and that an OS process serves the services.",
      details: { url },
      cause: error,
    },
  );
}
