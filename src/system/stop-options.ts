import { parseDuration } from "../platform/duration.ts";
import { refuseUnknownKeys } from "../platform/options.ts";

const DEFAULT = "15s";

/**
 * How long `stop` waits for handlers that run, in milliseconds. What Node gives to a listener is no options, so that `process.once("SIGTERM", system.stop)`
 * stops the system: a signal's name, an exit code.
 * @throws ProcessError `CONFIG_INVALID`, `DURATION_INVALID`
 */
export function readStopTimeout(options: { readonly timeout?: string | number }): number {
  if (typeof options === "string" || typeof options === "number") return parseDuration(DEFAULT, "stop: timeout");
  refuseUnknownKeys(options, "stop", ["timeout"]);
  return parseDuration(options.timeout === undefined ? DEFAULT : options.timeout, "stop: timeout");
}
