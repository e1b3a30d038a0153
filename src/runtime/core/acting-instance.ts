import type { ActingInstance, ProcessInstance } from "../../definition/model/instance.ts";
import type { OwnStage } from "./own-stage.ts";

/**
 * An instance as its own handlers have it. What few handlers use is made when it is asked for, and may be taken out of the object, as
 * `const { timeout, withdraw } = process` does.
 */
export class ActingProcess implements ActingInstance {
  readonly processId: string;
  readonly process: string;
  readonly aggregateId: string;
  readonly status: ProcessInstance["status"];
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
  readonly updatedAt: Date;
  readonly dueAt: Date | undefined;
  readonly outcome: string | undefined;
  readonly context: ProcessInstance["context"];
  readonly version: number;
  readonly state: ProcessInstance["state"];
  readonly suspended: ProcessInstance["suspended"];
  readonly #own: () => OwnStage;

  constructor(instance: ProcessInstance, own: () => OwnStage) {
    this.processId = instance.processId;
    this.process = instance.process;
    this.aggregateId = instance.aggregateId;
    this.status = instance.status;
    this.startedAt = instance.startedAt;
    this.endedAt = instance.endedAt;
    this.updatedAt = instance.updatedAt;
    this.dueAt = instance.dueAt;
    this.outcome = instance.outcome;
    this.context = instance.context;
    this.version = instance.version;
    this.state = instance.state;
    this.suspended = instance.suspended;
    this.#own = own;
  }

  get timeout(): ActingInstance["timeout"] {
    const own = this.#own;
    return { moveTo: (to) => own().moveTimeout(to), cancel: () => own().cancelTimeout() };
  }

  get withdraw(): ActingInstance["withdraw"] {
    const own = this.#own;
    return (command) => {
      try {
        return own().withdraw(command);
      } catch (error) {
        // It must not end the OS process as well if the handler does not await it.
        const rejected = Promise.reject<boolean>(error);
        rejected.catch(() => {});
        return rejected;
      }
    };
  }
}
