import { createErasing } from "../observe/erase.ts";
import { createProcesses } from "../observe/processes.ts";
import type { StepFeed } from "../observe/step-feed.ts";
import type { Clock } from "../platform/clock.ts";
import type { Opened } from "./openings.ts";
import type { ProcessSystem } from "./process-system.ts";

/** What `system.processes` is. */
export function createInstancesView(current: () => Opened, steps: StepFeed, clock: Clock): ProcessSystem["processes"] {
  return {
    ...createProcesses({
      store: () => current().store,
      feed: () => current().runtime.feed,
      steps,
      clock,
      intervene: async (intervention) => current().runtime.intervene(intervention),
    }),
    ...createErasing(async (wish) => current().runtime.erase(wish)),
  };
}
