import type { DispatchedEvent } from "../definition/model/dispatched-event.ts";
import { ProcessError } from "../errors.ts";
import { isPlainObject } from "../platform/json.ts";
import { completeLogger, consoleLogger, type Logger } from "../platform/logger.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";
import { readText } from "../serve/read-text.ts";
import { Refusal } from "../serve/refusal.ts";
import { answerJson, answerProblem } from "./answer.ts";
import { expectLargestBody, LARGEST_BODY } from "./handler-options.ts";
import type { HttpSystem } from "./http-system.ts";
import { parseBody } from "./read-json.ts";

/** What another program has sent. */
export interface Delivery {
  readonly headers: Headers;
  /** The body as it was sent, which is what a signature is of; UTF-8. */
  readonly body: string;
  /** The body as JSON. What it throws is answered with status 400. */
  readonly json: () => unknown;
}

/** An event with an `eventId`, because whoever sends webhooks sends some of them twice. */
export type WebhookEvent = DispatchedEvent & { readonly eventId: string };

export interface WebhookOptions {
  /** Whether a delivery comes from where it says. Anything but `true` is a refusal; an error too, which is logged. */
  readonly verify: (delivery: Delivery) => boolean | Promise<boolean>;
  /** The events that a verified delivery stands for; `undefined`: none. What it throws is logged, and answered so that the sender comes again. */
  readonly map: (
    delivery: Delivery,
  ) => WebhookEvent | readonly WebhookEvent[] | undefined | Promise<WebhookEvent | readonly WebhookEvent[] | undefined>;
  /** The largest body of a delivery, in bytes. Default 1048576 (1 MiB). */
  readonly largestBody?: number;
  /** Where errors go. Default: the standard error stream. */
  readonly logger?: Partial<Logger>;
}

/**
 * Takes the webhooks of another program, as a function from a `Request` to a `Response`: a delivery that `verify` accepts becomes the events that
 * `map` makes of it. It is answered with status 200 after their commit, and never before. One that comes again changes nothing, by its `eventId`.
 * @throws ProcessError `CONFIG_INVALID` for an option; what answers never rejects
 */
export function webhook(system: Pick<HttpSystem, "dispatch">, options: WebhookOptions): (request: Request) => Promise<Response> {
  checkWebhookOptions(options);
  const logger = completeLogger(options.logger ?? consoleLogger);
  return async (request) => {
    try {
      const events = await readEvents(request, options);
      return answerJson({ events: events.length === 0 ? [] : await system.dispatch(events) });
    } catch (error) {
      // What the system refuses was made by `map`, so that whoever serves has to know.
      if (!(error instanceof Refusal)) logger.error("a webhook failed", { path: new URL(request.url).pathname, error });
      return answerProblem(error);
    }
  };
}

/** @throws Refusal; TypeError of events that could be taken twice; what the options throw */
async function readEvents(request: Request, { verify, map, largestBody = LARGEST_BODY }: WebhookOptions): Promise<readonly WebhookEvent[]> {
  if (request.method !== "POST") throw new Refusal(405, "METHOD_UNKNOWN", "Only POST is served here.");
  const body = await readText(request, largestBody);
  const delivery: Delivery = { headers: request.headers, body, json: () => parseBody(body) };
  // A program in JavaScript may answer with something that only looks like a yes.
  const isVerified: unknown = await verify(delivery);
  if (isVerified !== true) throw new Refusal(401, "NOT_VERIFIED", "The delivery could not be verified.");
  const mapped = (await map(delivery)) ?? [];
  // The type guard of arrays does not know of those that are read-only.
  const events = Array.isArray(mapped) ? (mapped as readonly WebhookEvent[]) : [mapped as WebhookEvent];
  const unnamed: readonly unknown[] = events.filter((event: unknown) => isPlainObject(event) && event["eventId"] === undefined);
  if (unnamed.length > 0)
    throw new TypeError("webhook: map has made an event without an eventId, which would be taken twice if it is sent twice");
  return events;
}

/** @throws ProcessError `CONFIG_INVALID` */
function checkWebhookOptions(options: WebhookOptions): void {
  refuseUnknownKeys(options, "webhook", ["verify", "map", "largestBody", "logger"]);
  const { verify, map, largestBody = LARGEST_BODY } = options;
  if (verify === undefined) {
    throw new ProcessError("CONFIG_INVALID", "webhook: verify is missing", {
      hint: "Whoever knows the address can send to it: check the sender's signature in verify: ({ headers, body }) => ….",
    });
  }
  expectOption(typeof verify === "function", "webhook: verify", verify, "a function of a delivery");
  expectOption(typeof map === "function", "webhook: map", map, "a function of a delivery");
  expectLargestBody(largestBody, "webhook: largestBody");
}
