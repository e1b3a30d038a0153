import type { StateValue, Status } from "../../definition/model/instance.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import type { Timer } from "../../record/timer.ts";
import type { DispatchedCommand } from "../kit/command-log.ts";
import { NEVER } from "../kit/open-process.ts";
import type { TestSystem } from "../kit/test-system.ts";

/** What came of the last step. */
export interface Outcome {
  /** The status of the newest instance; `none` without an instance. */
  readonly status: Status | "none";
  /** How the newest instance was completed, and what it remembers. */
  readonly outcome: string | undefined;
  readonly context: Readonly<Record<string, unknown>> | undefined;
  /** Where the newest instance stands in the chart of its process. */
  readonly state: StateValue | undefined;
  /** What the last step dispatched. */
  readonly commands: readonly DispatchedCommand[];
  /** The names of the commands that the last step took back, or replaced by others of their key. */
  readonly withdrawn: readonly string[];
  /** When the timeout of the newest instance is due, in milliseconds since 1970; `undefined`: never. */
  readonly dueAt: number | undefined;
  /** What is due for the instance, soonest first. */
  readonly timers: readonly Timer[];
  /** The open dead letters of the instance. */
  readonly deadLetters: readonly DeadLetter[];
  /** When the outcome was read, in milliseconds since 1970. */
  readonly now: number;
}

export interface OutcomeOf {
  readonly process: string;
  readonly aggregateId: string;
  readonly commands: readonly DispatchedCommand[];
  readonly withdrawn: readonly string[];
}

/** The names of all commands that the instances of an aggregate have taken back, in order. */
export async function readWithdrawn(
  { system }: TestSystem,
  filter: Pick<OutcomeOf, "process" | "aggregateId">,
): Promise<readonly string[]> {
  const instances = await system.processes.find({ ...filter, limit: 1_000 });
  const journals = await Promise.all(instances.toReversed().map(({ processId }) => system.processes.history(processId)));
  return journals.flat().flatMap(({ withdrawn = [] }) => withdrawn.map(({ type }) => type));
}

export function readOutcome(test: TestSystem, { process, aggregateId, commands, withdrawn }: OutcomeOf): Outcome {
  const instance = test.instance({ process, aggregateId });
  const { processId } = instance ?? {};
  return {
    status: instance?.status ?? "none",
    outcome: instance?.outcome,
    context: instance?.context,
    state: instance?.state,
    commands,
    withdrawn,
    dueAt: instance?.dueAt?.getTime(),
    timers: processId === undefined ? [] : test.timers({ processId }).filter(({ dueAt }) => dueAt.getTime() < NEVER.getTime()),
    deadLetters: processId === undefined ? [] : test.deadLetters({ processId }),
    now: test.clock.now(),
  };
}
