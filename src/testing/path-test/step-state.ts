import type { Status } from "../../definition/handler.ts";
import type { DispatchedCommand } from "../command-log.ts";
import type { TestSystem } from "../test-system.ts";

/** What a step of a path came to. */
export interface StepState {
  readonly status: Status | "none";
  /** How many instances there are. */
  readonly instances: number;
  readonly commands: readonly DispatchedCommand[];
  /** The errors of the open dead letters. */
  readonly failures: readonly string[];
  /** Timeouts and retries of an instance that has ended. */
  readonly leftTimers: readonly string[];
  /** An event that was accepted twice. */
  readonly isDoubled: boolean;
}

export function readState(
  test: TestSystem,
  of: { readonly process: string; readonly aggregateId: string; readonly commands: readonly DispatchedCommand[]; readonly isDoubled: boolean },
): StepState {
  const { process, aggregateId, commands, isDoubled } = of;
  const instances = test.system.processes.find({ process, aggregateId });
  const [instance] = instances;
  const hasEnded = instance?.endedAt !== undefined;
  return {
    status: instance?.status ?? "none",
    instances: instances.length,
    commands,
    failures: test.deadLetters({ aggregateId }).map(({ handler, error }) => `${handler}: ${error.name}: ${error.message}`),
    leftTimers: hasEnded ? test.timers({ processId: instance.processId }).map(({ kind }) => kind).filter((kind) => kind !== "command") : [],
    isDoubled,
  };
}
