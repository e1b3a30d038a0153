import { errorToText } from "../errors.ts";
import type { Lag } from "../observe/lag.ts";
import type { ProcessSystem } from "../system/process-system.ts";

/** What is asked how it is. */
export type HealthSystem = Pick<ProcessSystem, "state" | "lag" | "overview">;

/** How a system is. */
export interface Health {
  /** Whether it can go on by itself. If it is not, its OS process has to be started again. */
  readonly isLive: boolean;
  /** Whether it does its part now: as worker, standby or client, on a store that answers. */
  readonly isReady: boolean;
  readonly state: ProcessSystem["state"];
  /** Why it is not live or not ready. */
  readonly reasons: readonly string[];
  /** How far the work is behind; `undefined` where the store does not answer. */
  readonly lag: Lag | undefined;
}

const dead: Partial<Record<ProcessSystem["state"], string>> = {
  lost: "another worker has displaced this one, or its file was replaced",
  stopped: "the system was stopped",
};

/** `longestWaitMs`: an event that waits longer makes the system unready; `undefined`: none does. It never rejects. */
export async function readHealth(system: HealthSystem, longestWaitMs?: number): Promise<Health> {
  const { state } = system;
  const reasons: string[] = [];
  const problem = dead[state];
  if (problem !== undefined) reasons.push(problem);
  if (state === "created") reasons.push("the system was not started yet");
  const lag = await system.lag().catch((error: unknown) => {
    reasons.push(`the store does not answer: ${errorToText(error)}`);
    return undefined;
  });
  if (lag !== undefined && longestWaitMs !== undefined && lag.oldestWaitingMs > longestWaitMs) {
    reasons.push(`an event has waited for ${lag.oldestWaitingMs} ms, and ${longestWaitMs} ms are the most`);
  }
  return { isLive: problem === undefined, isReady: reasons.length === 0, state, reasons, lag };
}
