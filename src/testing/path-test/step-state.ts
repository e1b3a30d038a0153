import type { StateValue, Status } from "../../definition/model/instance.ts";
import type { DispatchedCommand } from "../kit/command-log.ts";
import { describeLetter } from "../kit/difference.ts";
import { splitHandlers } from "../kit/handler-names.ts";
import type { TestSystem } from "../kit/test-system.ts";

/** The state after a step of a path. */
export interface StepState {
  readonly status: Status | "none";
  readonly outcome: string | undefined;
  readonly context: Readonly<Record<string, unknown>> | undefined;
  /** Where it stands in the chart of its process. */
  readonly state: StateValue | undefined;
  /** The handlers that have run to their end since the step before, in order. */
  readonly handlers: readonly string[];
  /** How many instances there are. */
  readonly instances: number;
  readonly commands: readonly DispatchedCommand[];
  /** The errors of the open dead letters, except the error that the path itself has planned. */
  readonly failures: readonly string[];
  readonly hasPlannedFailure: boolean;
  /** Timeouts and retries of an instance that has ended. */
  readonly leftTimers: readonly string[];
  /** Whether an event was accepted twice. */
  readonly isDoubled: boolean;
  /** Planned crashes that did not happen, because their commit did not. */
  readonly missedCrashes: number;
}

/** The message of the error with which a path lets a step fail. */
export const PLANNED_FAILURE = "this step fails for good, because the path says so";

export async function readState(
  test: TestSystem,
  of: Pick<StepState, "commands" | "isDoubled" | "missedCrashes"> & {
    readonly process: string;
    readonly aggregateId: string;
    /** The handlers that had run before. */
    readonly ranBefore: readonly string[];
  },
): Promise<StepState> {
  const { process, aggregateId, ranBefore, ...known } = of;
  const instances = await test.system.processes.find({ process, aggregateId });
  const [instance] = instances;
  const letters = test.deadLetters({ aggregateId });
  const planned = letters.find(({ error }) => error.message === PLANNED_FAILURE);
  const hasEnded = instance?.endedAt !== undefined;
  return {
    status: instance?.status ?? "none",
    outcome: instance?.outcome,
    context: instance?.context,
    state: instance?.state,
    handlers: instance === undefined ? [] : (await listHandlers(test, instance.processId)).slice(ranBefore.length),
    instances: instances.length,
    failures: letters.filter((letter) => letter !== planned).map(describeLetter),
    hasPlannedFailure: planned !== undefined,
    leftTimers: hasEnded
      ? test
          .timers({ processId: instance.processId })
          .map(({ kind }) => kind)
          .filter((kind) => kind !== "command")
      : [],
    ...known,
  };
}

/** All handlers that have run to their end for an instance. The actions of one step of a chart are one handler to the journal. */
async function listHandlers({ system }: TestSystem, processId: string): Promise<readonly string[]> {
  const history = await system.processes.history(processId);
  return history.flatMap(({ kind, handler }) => (kind === "handled" || kind === "completed" ? splitHandlers(handler ?? "") : []));
}
