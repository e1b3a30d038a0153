import type { ScheduleRecord } from "../../store/schedules.ts";
import type { ArmedWake } from "./kept-key.ts";

/** All schedules of a domain, which lie in one key, so that a deploy changes all of them in one turn. */
export interface KeptSchedules {
  /** Those that are defined, and those that were, by name. */
  readonly records: readonly ScheduleRecord[];
  /** The one wake-up that is awaited; every other is out of date. */
  readonly wake: ArmedWake | null;
}

/** The key in which the schedules lie. */
export const SCHEDULES_KEY = "all";
