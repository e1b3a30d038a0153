import { parseDuration } from "../platform/duration.ts";
import { refuseUnknownKeys } from "../platform/options.ts";

/** How long `stop` waits for handlers that run, in milliseconds. @throws ProcessError `CONFIG_INVALID`, `DURATION_INVALID` */
export function readStopTimeout(options: { readonly timeout?: string | number }): number {
  refuseUnknownKeys(options, "stop", ["timeout"]);
  return parseDuration(options.timeout === undefined ? "15s" : options.timeout, "stop: timeout");
}
