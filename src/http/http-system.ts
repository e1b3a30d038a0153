import type { ProcessSystem } from "../system/process-system.ts";

/** What a front looks at, dispatches to, and has its verbs carried out by. */
export type HttpSystem = Pick<
  ProcessSystem,
  "dispatch" | "processes" | "deadLetters" | "timers" | "scheduled" | "schedules" | "lag" | "state" | "telemetry"
>;
