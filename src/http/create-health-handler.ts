import { steadyClock } from "../platform/clock.ts";
import { type Health, type HealthOptions, readHealthOptions } from "../observe/health.ts";
import { answerData } from "../serve/answer-data.ts";
import { Refusal } from "../serve/refusal.ts";
import { answerJson, answerProblem } from "./answer.ts";
import type { ProcessSystem } from "../system/process-system.ts";
import { writeMetrics } from "./metrics.ts";

/** What is asked how it is. */
export type HealthSystem = Pick<ProcessSystem, "health" | "overview">;

// The store counts rows for each answer, and whoever asks may ask often.
const FRESH_MS = 1_000;

/**
 * Says how a system is, as a function from a `Request` to a `Response`: `/health/live` and `/health/ready` with status 200, or 503 and the
 * reasons; `/metrics` in the text format of Prometheus. An answer may be a second old. It asks nobody who they are: it tells the names of processes
 * and commands, and counts, and no payload.
 * @throws ProcessError `CONFIG_INVALID` for an option; what answers never rejects
 */
export function createHealthHandler(system: HealthSystem, options: HealthOptions = {}): (request: Request) => Promise<Response> {
  readHealthOptions(options, "createHealthHandler");
  const look = rememberFresh(() => system.health(options));
  return async ({ method, url }) => {
    const [, what] = /\/(health\/live|health\/ready|metrics)$/.exec(new URL(url).pathname) ?? [];
    if (what === undefined) return answerProblem(new Refusal(404, "NOT_FOUND", "There is nothing here."));
    if (method !== "GET") return answerProblem(new Refusal(405, "METHOD_UNKNOWN", "Only GET is served here."));
    const health = await look();
    if (what === "metrics") return answerData(writeMetrics(health, system), "text/plain; version=0.0.4; charset=utf-8", 200);
    const isWell = what === "health/live" ? health.isLive : health.isReady;
    return answerJson({ status: isWell ? "ok" : "failing", state: health.state, reasons: health.reasons }, isWell ? 200 : 503);
  };
}

/** Asks at most once at a time, and again after a second. */
function rememberFresh(ask: () => Promise<Health>): () => Promise<Health> {
  let answer: Promise<Health> | undefined;
  let until = 0;
  return async () => {
    const now = steadyClock.now();
    if (answer === undefined || now >= until) {
      answer = ask();
      until = now + FRESH_MS;
    }
    return answer;
  };
}
