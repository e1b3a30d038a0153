import { ProcessError } from "../errors.ts";
import type { Logger } from "../platform/logger.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";

/**
 * What a request asks for. `dispatch`: to accept events. `look`: to be shown instances, journals, dead letters, timers or figures, with their
 * payloads and contexts. `intervene`: a verb of operators.
 */
export type HttpAction = "dispatch" | "look" | "intervene";

/** `true`: yes. `{ by }`: yes, and the journal names who asks. `false`: no, with status 403. A `Response`: no, with that answer. */
export type Authorization = boolean | { readonly by: string } | Response;

export interface HandlerOptions {
  /**
   * Whether a request may have what it asks for. It is asked of each request before anything else is done, and must not read the body. What is
   * no {@link Authorization} is a refusal; so is an error, which is logged.
   */
  readonly authorize: (request: Request, action: HttpAction) => Authorization | Promise<Authorization>;
  /** The path of the front, such as `"/api/perdure"`: the whole of it, wherever the handler is mounted. Default `"/"`. */
  readonly path?: string;
  /** The largest body of a request, in bytes. Default 1048576 (1 MiB). */
  readonly largestBody?: number;
  /** Where errors go that are none of the request's. Default: the standard error stream. */
  readonly logger?: Partial<Logger>;
}

export const LARGEST_BODY = 1024 * 1024;

/** @throws ProcessError `CONFIG_INVALID` */
export function checkHandlerOptions(options: HandlerOptions): void {
  refuseUnknownKeys(options, "createHandler", ["authorize", "path", "largestBody", "logger"]);
  const { authorize, path = "/", largestBody = LARGEST_BODY } = options;
  if (authorize === undefined) {
    throw new ProcessError("CONFIG_INVALID", "createHandler: authorize is missing", {
      hint: "Say who may ask for what: authorize: (request, action) => ….",
    });
  }
  expectOption(typeof authorize === "function", "createHandler: authorize", authorize, "a function of the request");
  const isPath = typeof path === "string" && (path === "/" || /^(?:\/[^/?#\s]+)+$/.test(path));
  expectOption(isPath, "createHandler: path", path, 'a path such as "/api/perdure", without a slash at its end');
  expectLargestBody(largestBody, "createHandler: largestBody");
}

/** @throws ProcessError `CONFIG_INVALID` */
export function expectLargestBody(value: unknown, name: string): void {
  expectOption(Number.isSafeInteger(value) && (value as number) > 0, name, value, "a whole number of bytes from 1");
}
