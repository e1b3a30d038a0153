import type { ProcessInstance, Status } from "../definition/model/instance.ts";
import { ProcessError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type { Duration } from "../platform/duration.ts";
import { readFlag, refuseUnknownKeys } from "../platform/options.ts";
import { recordToInstance } from "../record/instance.ts";
import { readBy, readReason } from "../runtime/check/by.ts";
import { readDueAt } from "../runtime/check/due-at.ts";
import { refuseUnknownInstance } from "../runtime/commit/change-instance.ts";
import type { InstanceRecord } from "../store/instances.ts";
import type { InstanceIntervention, InstanceVerb } from "../store/intervention.ts";
import type { EndOptions } from "./dead-letters.ts";
import type { ProcessFilter } from "./processes.ts";

/** What became of one instance of many. */
export interface InstanceOutcome {
  /** The processId. */
  readonly id: string;
  /** `planned`: a dry run would have asked for it. */
  readonly outcome: "done" | "planned" | "refused";
  /** Why it was refused. */
  readonly error: ProcessError | undefined;
}

export interface MoveTimeoutOptions extends EndOptions {
  /** A `Date`, a moment in ISO 8601 with its zone, or a duration from now, such as `"3d"`. A moment in the past means now. */
  readonly dueAt: Date | Duration | (string & {});
}

/** In the options of a verb for many instances. */
interface Bulk {
  /** Only tells which instances it would be. */
  readonly dryRun?: boolean;
}

/**
 * What operators do to instances that are open. It is done between two steps of the instance: a handler that runs ends first. A promise resolves
 * with the instance when that is committed; who has asked, and why, is in its journal.
 *
 * The verbs for many instances take those that are open, match the filter and can be changed so, the oldest first. One that is refused, for
 * instance because somebody else was faster, does not keep the others.
 */
export interface InstanceVerbs {
  /**
   * Ends an instance as `cancelled`. Its timers go, and so do the events and commands that wait, and its open dead letters are discarded; a command
   * that runs is cut off, and its result does not count. What its chart has invoked is withdrawn. The cancelled handler of its process follows,
   * if there is one.
   * @throws ProcessError `INSTANCE_UNKNOWN`, `INSTANCE_ENDED`, `CONFIG_INVALID`, and `REQUEST_PENDING` in an OS process that is not the worker
   */
  cancel(processId: string, options?: EndOptions): Promise<ProcessInstance>;
  /**
   * Tells an instance to wait: its events, its timers and the commands of its event handlers are parked in order, as behind a dead letter. A
   * command that runs ends. A dead letter can be settled meanwhile, and what was retried waits too.
   * @throws ProcessError as `cancel` does, and `INSTANCE_SUSPENDED`
   */
  suspend(processId: string, options?: EndOptions): Promise<ProcessInstance>;
  /**
   * Lets a suspended instance go on: what was parked follows, and what fell due meanwhile is due since then.
   * @throws ProcessError as `cancel` does, and `INSTANCE_NOT_SUSPENDED`
   */
  resume(processId: string, options?: EndOptions): Promise<ProcessInstance>;
  /**
   * Moves the timeout of an instance. One that its handler had cancelled is there again.
   * @throws ProcessError as `cancel` does, and `TIMEOUT_REFUSED`, `DURATION_INVALID`
   */
  reschedule(processId: string, options: MoveTimeoutOptions): Promise<ProcessInstance>;
  /** @throws ProcessError as `find` does */
  cancelAll(filter: ProcessFilter, options?: EndOptions & Bulk): Promise<readonly InstanceOutcome[]>;
  /** @throws ProcessError as `find` does */
  suspendAll(filter: ProcessFilter, options?: EndOptions & Bulk): Promise<readonly InstanceOutcome[]>;
  /** @throws ProcessError as `find` does */
  resumeAll(filter: ProcessFilter, options?: EndOptions & Bulk): Promise<readonly InstanceOutcome[]>;
  /** @throws ProcessError as `find` does, and `DURATION_INVALID` */
  rescheduleAll(filter: ProcessFilter, options: MoveTimeoutOptions & Bulk): Promise<readonly InstanceOutcome[]>;
}

export interface InstanceVerbPorts {
  get(processId: string): Promise<InstanceRecord | undefined>;
  /** All open instances that match, oldest first. @throws ProcessError as `find` does */
  listOpen(filter: ProcessFilter): Promise<readonly InstanceRecord[]>;
  intervene(intervention: InstanceIntervention): Promise<unknown>;
  readonly clock: Pick<Clock, "now">;
}

type Verb = InstanceVerb["kind"];

export function createInstanceVerbs({ get, listOpen, intervene, clock }: InstanceVerbPorts): InstanceVerbs {
  const changeOne = async (processId: string, verb: InstanceVerb): Promise<ProcessInstance> => {
    if (typeof processId !== "string") throw refuseUnknownInstance(String(processId));
    await intervene({ ...verb, processId });
    return recordToInstance((await get(processId))!);
  };
  const tryToChange = async (processId: string, verb: InstanceVerb): Promise<InstanceOutcome> => {
    try {
      await intervene({ ...verb, processId });
      return { id: processId, outcome: "done", error: undefined };
    } catch (error) {
      if (!ProcessError.is(error)) throw error;
      return { id: processId, outcome: "refused", error };
    }
  };
  const changeAll = async (filter: ProcessFilter, verb: InstanceVerb, { dryRun }: Bulk): Promise<readonly InstanceOutcome[]> => {
    const isDry = readFlag(dryRun, "options.dryRun");
    const outcomes: InstanceOutcome[] = [];
    for (const { processId } of (await listOpen(filter)).filter((instance) => canChange(verb.kind, instance)))
      outcomes.push(isDry ? { id: processId, outcome: "planned", error: undefined } : await tryToChange(processId, verb));
    return outcomes;
  };
  const one =
    (kind: Exclude<Verb, "reschedule-instance">) =>
    async (id: string, options: EndOptions = {}) =>
      changeOne(id, readVerb(kind, options, []));
  const all =
    (kind: Exclude<Verb, "reschedule-instance">) =>
    async (filter: ProcessFilter, options: EndOptions & Bulk = {}) =>
      changeAll(filter, readVerb(kind, options, ["dryRun"]), options);
  return {
    cancel: one("cancel-instance"),
    suspend: one("suspend-instance"),
    resume: one("resume-instance"),
    reschedule: async (id, options) => changeOne(id, readReschedule(options, [], clock.now())),
    cancelAll: all("cancel-instance"),
    suspendAll: all("suspend-instance"),
    resumeAll: all("resume-instance"),
    rescheduleAll: async (filter, options) => changeAll(filter, readReschedule(options, ["dryRun"], clock.now()), options),
  };
}

/** Whether a verb for many instances takes an open one, as it stands now: a row, or as it is shown. */
export function canChange(
  verb: Verb,
  { suspended, status, dueAt }: { readonly suspended?: unknown; readonly status: Status; readonly dueAt?: unknown },
): boolean {
  const isSuspended = suspended !== undefined && suspended !== null;
  switch (verb) {
    case "cancel-instance":
      return true;
    case "suspend-instance":
      return !isSuspended;
    case "resume-instance":
      return isSuspended;
    case "reschedule-instance":
      return status === "started" && dueAt !== undefined && dueAt !== null;
  }
}

/** @throws ProcessError `CONFIG_INVALID` */
function readVerb(kind: Exclude<Verb, "reschedule-instance">, options: EndOptions, more: readonly string[]): InstanceVerb {
  refuseUnknownKeys(options, "options", ["by", "reason", ...more]);
  return { kind, reason: readReason(options.reason), by: readBy(options.by) };
}

/** @throws ProcessError `CONFIG_INVALID`, `DURATION_INVALID` */
function readReschedule(options: MoveTimeoutOptions, more: readonly string[], now: number): InstanceVerb {
  refuseUnknownKeys(options, "options", ["by", "reason", "dueAt", ...more]);
  const { dueAt, reason, by } = options;
  const asked = { reason: readReason(reason), by: readBy(by) };
  const advice = "A handler can take a timeout away, with process.timeout.cancel().";
  return { kind: "reschedule-instance", dueAt: readDueAt(dueAt, now, advice), ...asked };
}
