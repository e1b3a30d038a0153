import type { ProcessInstance, Status } from "../../definition/model/instance.ts";
import type { DeadLetters } from "../../observe/dead-letters.ts";
import type { Schedules } from "../../observe/schedules.ts";
import type { WorkerState } from "../../observe/worker-state.ts";
import type { WaitingEvent } from "../../record/waiting-event.ts";
import type { Intervention } from "../../store/intervention.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import type { Project } from "./project.ts";

/** What became of an intervention: it has been carried out, or it waits for a worker to start. */
export type InterventionOutcome = "done" | "left";

/** What an operator looks at and intervenes in, wherever the instances of a project are kept. The look-ups are those of a system. */
export interface Desk extends Pick<ProcessSystem, "processes" | "timers" | "scheduled" | "lag"> {
  readonly project: Project;
  readonly deadLetters: Pick<DeadLetters, "list" | "get">;
  readonly schedules: Pick<Schedules, "list">;
  /** The instance of a command that waits, or what stands in its place; `undefined` if no such command waits. */
  findCommand(commandId: string): Promise<string | undefined>;
  /** Has it carried out. @throws ProcessError as the verb's method in the system does */
  intervene(intervention: Intervention): Promise<InterventionOutcome>;
  /** The worker of a file; `undefined` on a host that has no one worker. */
  worker(): Promise<WorkerState | undefined>;
  /** The processes that can have instances. */
  processNames(): Promise<readonly string[]>;
  /** The processes and policies that workers have known. Letters, timers and commands name either. */
  owners(): Promise<Owners>;
  /** How many instances there are, by process and status. */
  counts(): Promise<readonly InstanceCount[]>;
  /** The first thousand events that wait for the instance, in order. */
  waiting(instance: ProcessInstance): Promise<readonly WaitingEvent[]>;
  /** The payloads that are still stored of these events, and of the commands of the instance that are not settled. */
  payloads(instance: ProcessInstance, eventIds: readonly string[]): Promise<StoredPayloads>;
}

export interface Owners {
  readonly processes: readonly string[];
  readonly policies: readonly string[];
}

export interface InstanceCount {
  readonly process: string;
  readonly status: Status;
  readonly count: number;
}

/** Payloads by eventId and by commandId. */
export interface StoredPayloads {
  readonly events: ReadonlyMap<string, unknown>;
  readonly commands: ReadonlyMap<string, unknown>;
}
