import type { Schedule } from "../../definition/model/schedule.ts";
import { findOwnField } from "../../definition/read/read-schedule.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import { isPlainObject } from "../../platform/json.ts";
import { dropPromises } from "../../platform/promises.ts";
import type { NewEvent } from "../../store/events.ts";
import { checkEvents } from "./check-events.ts";
import type { EventRules } from "./check-event.ts";

/** When a scheduled event is accepted, and what names it: `index` counts the events of its moment from 0. */
export interface ScheduledDefaults {
  readonly now: number;
  readonly identify: (index: number) => string;
}

/**
 * The events that a schedule gives for a moment: one, several, or none.
 * @throws ProcessError `SCHEDULE_EVENT_INVALID`, with what the schedule's function threw as cause, or what is wrong with an event
 */
export async function makeScheduledEvents(
  { schedule, event }: Pick<Schedule, "schedule" | "event">,
  moment: number,
  rules: EventRules,
  { now, identify }: ScheduledDefaults,
): Promise<readonly NewEvent[]> {
  const at = new Date(moment);
  const refuse = (problem: string, cause?: unknown) =>
    new ProcessError("SCHEDULE_EVENT_INVALID", `schedule ${schedule}, moment ${at.toISOString()}: ${problem}`, {
      hint: `Correct the schedule. Then \`perdure schedules run ${schedule} --at ${at.toISOString()}\` makes up for this moment.`,
      details: { schedule, at: at.toISOString(), problem },
      ...(cause !== undefined && { cause }),
    });
  let given: unknown;
  try {
    given = typeof event === "function" ? event({ at: new Date(moment) }) : event;
  } catch (error) {
    throw refuse(`its function throws: ${errorToText(error)}`, error);
  }
  if (given === undefined || given === null) return [];
  if (dropPromises(given))
    throw refuse("its function gives a promise; it has to be synchronous, because the moment is taken in one commit");
  const inputs: readonly unknown[] = Array.isArray(given) ? given : [given];
  for (const input of inputs) {
    const problem = isPlainObject(input) ? findOwnField(input) : undefined;
    if (problem !== undefined) throw refuse(`an event: ${problem}`);
  }
  try {
    const checked = await checkEvents(inputs, rules, (index) => ({ now, nextId: () => identify(index) }), "");
    return checked.map((one) => ({ ...one, occurredAt: moment }));
  } catch (error) {
    throw ProcessError.is(error) ? refuse(error.problem, error) : error;
  }
}
