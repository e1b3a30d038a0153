import { errorToText, ProcessError } from "../errors.ts";
import { parseExactJson } from "../platform/exact-json.ts";
import type { Desk, UiSystem } from "./desk.ts";
import { statusOf } from "../serve/status-of.ts";
import { describeError, Refusal } from "./respond.ts";
import type { Asked, AskedAll, Done, DoneAll } from "./wire.ts";

/** Who asks, and why. */
interface Options {
  readonly by?: string;
  readonly reason?: string;
}

type Verb = (system: UiSystem, asked: Asked, options: Options) => Promise<unknown>;

/** What can be asked by `POST api/do/<verb>`. */
const verbs: Readonly<Record<string, Verb>> = {
  "retry-letter": ({ deadLetters }, { id, payload }, { by }) =>
    deadLetters.retry(id, { ...(by !== undefined && { by }), ...(payload !== undefined && { payload: readPayload(payload) }) }),
  "skip-letter": ({ deadLetters }, { id }, options) => deadLetters.skip(id, options),
  "discard-letter": ({ deadLetters }, { id }, options) => deadLetters.discard(id, options),
  "cancel-command": ({ scheduled }, { id }, options) => scheduled.cancel(id, options),
  "reschedule-command": ({ scheduled }, { id, dueAt }, options) => scheduled.reschedule(id, { ...options, dueAt: readDueAt(dueAt) }),
  "cancel-instance": ({ processes }, { id }, options) => processes.cancel(id, options),
  "suspend-instance": ({ processes }, { id }, options) => processes.suspend(id, options),
  "resume-instance": ({ processes }, { id }, options) => processes.resume(id, options),
  "reschedule-instance": ({ processes }, { id, dueAt }, options) => processes.reschedule(id, { ...options, dueAt: readDueAt(dueAt) }),
  "run-schedule": ({ schedules }, { id }) => schedules.run(id),
};

// Nobody who waits at a page is told within this time that no worker runs, which is known.
const WITHOUT_WORKER_MS = 500;

/** @throws Refusal of an unknown verb or a wrong argument; ProcessError as the verb's method does */
export async function carryOut(desk: Desk, name: string, asked: Asked, by: string | undefined): Promise<Done> {
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined) throw new Refusal(404, "VERB_UNKNOWN", `Nothing is called ${JSON.stringify(name)} here.`);
  const { system, options, clock, hasWorker } = desk;
  if (options.redact !== undefined && asked.payload !== undefined) {
    throw new Refusal(403, "PAYLOAD_REDACTED", "A payload cannot be edited here, because payloads are shown redacted.");
  }
  const { reason } = asked;
  const done = verb(system, asked, { ...(by !== undefined && { by }), ...(reason !== undefined && reason !== "" && { reason }) }).then(
    (): Done => ({ outcome: "done" }),
    (error: unknown): Done => {
      // The request stays in the store, for the next worker.
      if (ProcessError.is(error, "REQUEST_PENDING")) return { outcome: "left" };
      throw error;
    },
  );
  if (name === "run-schedule" || hasWorker === undefined || hasWorker()) return done;
  const patience = new Promise<Done>((resolve) => clock.setTimeout(() => resolve({ outcome: "left" }), WITHOUT_WORKER_MS));
  return Promise.race([done, patience]);
}

const forMany = ["retry-letter", "skip-letter", "discard-letter", "cancel-instance", "suspend-instance", "resume-instance"];

/**
 * Carries a verb out for each of several, at once. One that is refused does not keep the others.
 * @throws Refusal of a verb that is not for many
 */
export async function carryOutAll(desk: Desk, name: string, { ids, reason }: AskedAll, by: string | undefined): Promise<DoneAll> {
  if (!forMany.includes(name))
    throw new Refusal(404, "VERB_UNKNOWN", `Nothing that is called ${JSON.stringify(name)} is done to many here.`);
  const asked = reason === undefined ? {} : { reason };
  const settled = await Promise.allSettled(ids.map((id) => carryOut(desk, name, { id, ...asked }, by)));
  const failure = settled.find((each) => each.status === "rejected" && !isRefused(each.reason));
  return {
    outcomes: settled.map((each) => (each.status === "fulfilled" ? each.value.outcome : isRefused(each.reason) ? "refused" : "failed")),
    failure: failure?.status === "rejected" ? describeError(failure.reason) : undefined,
  };
}

/** Somebody else was faster, or it takes it no more. What cannot be done at all now is tried again. */
function isRefused(error: unknown): boolean {
  return ProcessError.is(error) && [404, 409].includes(statusOf(error.code));
}

function readPayload(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new Refusal(400, "PAYLOAD_INVALID", `The payload ${errorToText(error)}.`, "Nothing was changed.");
  }
}

function readDueAt(given: string | undefined): string {
  if (given === undefined || given === "") {
    throw new Refusal(400, "MOMENT_MISSING", "When is not said.", "Give a duration from now, such as 3d, or a moment.");
  }
  return given;
}
