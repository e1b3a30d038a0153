import { errorToText } from "../errors.ts";
import type { Duration } from "../platform/duration.ts";
import { readOptionDuration, refuseUnknownKeys } from "../platform/options.ts";
import type { RuntimeState } from "../runtime/lifecycle.ts";
import type { Lag } from "./lag.ts";

export interface HealthOptions {
  /** An event that has waited longer makes the system unready. Default: none does. */
  readonly longestWait?: Duration | (string & {});
}

/** How a system is. */
export interface Health {
  /** Whether it can go on by itself. If it is not, its OS process has to be started again. */
  readonly isLive: boolean;
  /** Whether it does its part now: as worker, standby or client, on a store that answers. */
  readonly isReady: boolean;
  readonly state: RuntimeState;
  /** Why it is not live or not ready, one sentence for each reason. */
  readonly reasons: readonly string[];
  /** How far the work is behind; `undefined` where the store does not answer. */
  readonly lag: Lag | undefined;
}

const dead: Partial<Record<RuntimeState, string>> = {
  lost: "another worker has displaced this one, or its file was replaced",
  stopped: "the system was stopped",
};

/** It rejects only for a wrong option. `lag` is asked once. @throws ProcessError `CONFIG_INVALID` */
export async function readHealth(
  { state, lag: readLag }: { readonly state: RuntimeState; readonly lag: () => Promise<Lag> },
  options: HealthOptions = {},
  of = "health",
): Promise<Health> {
  const longestWaitMs = readHealthOptions(options, of);
  const reasons: string[] = [];
  const problem = dead[state];
  if (problem !== undefined) reasons.push(problem);
  if (state === "created") reasons.push("the system was not started yet");
  const lag = await readLag().catch((error: unknown) => {
    reasons.push(`the store does not answer: ${errorToText(error)}`);
    return undefined;
  });
  if (lag !== undefined && longestWaitMs !== undefined && lag.oldestWaitingMs > longestWaitMs) {
    reasons.push(`an event has waited for ${lag.oldestWaitingMs} ms, and ${longestWaitMs} ms are the most`);
  }
  return { isLive: problem === undefined, isReady: reasons.length === 0, state, reasons, lag };
}

/** The longest wait in milliseconds. `of` names the function that was called. @throws ProcessError `CONFIG_INVALID` */
export function readHealthOptions(options: HealthOptions, of: string): number | undefined {
  refuseUnknownKeys(options, of, ["longestWait"]);
  const { longestWait } = options;
  return longestWait === undefined ? undefined : readOptionDuration(longestWait, `${of}: longestWait`);
}
