import type { Diagnostic } from "../report/diagnostic.ts";
import type { DispatchedEvent } from "./dispatched-event.ts";

/** What becomes of the moments that come while no worker is there. */
export type Missed = (typeof missedChoices)[number];

export const missedChoices = ["once", "all", "skip"] as const;

/** The event of a schedule. Its identity and its moment come of the schedule. */
export type ScheduledEvent = Omit<DispatchedEvent, "eventId" | "occurredAt">;

/** Gives the event of a moment, several, or none. Pure and synchronous. */
export type MakeScheduledEvent = (args: { readonly at: Date }) => unknown;

/** What one file under `schedules/`, or one call of `defineSchedule`, says. */
export interface ScheduleDefinition {
  /** `<aggregate>/<name>`. */
  readonly schedule: string;
  readonly aggregate: string;
  readonly name: string;
  /** Five fields: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** Of the IANA database, such as `Europe/Madrid`. */
  readonly timeZone: string;
  readonly missed: Missed;
  /** `undefined`: what was given is neither an event nor a function, and is among the diagnostics. */
  readonly event: ScheduledEvent | MakeScheduledEvent | undefined;
  /** The file, or `defineSchedule("…")`. */
  readonly source: string;
  /** What is wrong with this definition on its own. `loadDomain` reports it with everything else. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The moments of a cron text in a time zone, in milliseconds since 1970. */
export interface Recurrence {
  /** The first moment after `moment`; `undefined`: there is none. */
  next(moment: number): number | undefined;
  /** The last moment until `moment`, itself included. */
  last(moment: number): number;
}

/** A schedule whose moments are known. */
export interface Schedule extends ScheduleDefinition {
  readonly recurrence: Recurrence;
}
