import type { MoveTimeoutOptions } from "../observe/instance-verbs.ts";
import type { RescheduleOptions } from "../observe/scheduled.ts";
import { isPlainObject } from "../platform/json.ts";
import { Refusal } from "../serve/refusal.ts";
import type { HttpSystem } from "./http-system.ts";

/** What a verb is asked with: its options as the body of the request has them, and who asks. */
export type VerbOptions = Readonly<Record<string, unknown>>;

export type Verb = (system: HttpSystem, id: string, options: VerbOptions) => Promise<unknown>;

// Each method checks its options itself, and refuses those that it does not have. So the casts of two of them hold.
export const cancelInstance: Verb = ({ processes }, id, options) => processes.cancel(id, options);
export const suspendInstance: Verb = ({ processes }, id, options) => processes.suspend(id, options);
export const resumeInstance: Verb = ({ processes }, id, options) => processes.resume(id, options);
export const rescheduleInstance: Verb = ({ processes }, id, options) => processes.reschedule(id, options as unknown as MoveTimeoutOptions);
export const retryLetter: Verb = ({ deadLetters }, id, options) => deadLetters.retry(id, options);
export const skipLetter: Verb = ({ deadLetters }, id, options) => deadLetters.skip(id, options);
export const discardLetter: Verb = ({ deadLetters }, id, options) => deadLetters.discard(id, options);
export const cancelCommand: Verb = ({ scheduled }, id, options) => scheduled.cancel(id, options);
export const rescheduleCommand: Verb = ({ scheduled }, id, options) => scheduled.reschedule(id, options as unknown as RescheduleOptions);
// A schedule has no journal that could name who asks.
export const runSchedule: Verb = async ({ schedules }, id, options) => {
  const { by: _, ...own } = options;
  return { events: await schedules.run(id, own) };
};

/** @throws Refusal */
export function readVerbOptions(body: unknown, by: string | undefined): VerbOptions {
  const options = body ?? {};
  if (!isPlainObject(options))
    throw new Refusal(400, "BODY_INVALID", "The body is no JSON object.", "Send an object of options, or nothing.");
  if (Object.hasOwn(options, "by")) {
    throw new Refusal(400, "BODY_INVALID", "The body says who asks.", "Leave `by` out: the server says who has signed in.");
  }
  return { ...options, ...(by !== undefined && { by }) };
}
