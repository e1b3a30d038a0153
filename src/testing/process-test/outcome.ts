import type { Status } from "../../definition/handler.ts";
import { suggestName } from "../../definition/suggest.ts";
import type { DeadLetter } from "../../observe/dead-letters.ts";
import type { Timer } from "../../observe/timers.ts";
import type { DispatchedCommand } from "../command-log.ts";
import type { TestSystem } from "../test-system.ts";

/** What came of the last step. */
export interface Outcome {
  /** The newest instance's; `none` without one. */
  readonly status: Status | "none";
  /** What the last step dispatched. */
  readonly commands: readonly DispatchedCommand[];
  /** What is due for the instance, soonest first. */
  readonly timers: readonly Timer[];
  /** The open ones of the instance. */
  readonly deadLetters: readonly DeadLetter[];
  /** Commands that nothing in the domain handles, with a guess at what was meant. */
  readonly unknownCommands: readonly string[];
  /** The moment all of this is of, in milliseconds since 1970. */
  readonly now: number;
}

export interface OutcomeOf {
  readonly process: string;
  readonly aggregateId: string;
  readonly commands: readonly DispatchedCommand[];
  /** The commands that the domain has; none: they are made in code, and any will do. */
  readonly known: readonly string[];
}

export function readOutcome(test: TestSystem, { process, aggregateId, commands, known }: OutcomeOf): Outcome {
  const instance = test.instance({ process, aggregateId });
  const { processId } = instance ?? {};
  return {
    status: instance?.status ?? "none",
    commands,
    timers: processId === undefined ? [] : test.system.timers.list({ processId }),
    deadLetters: processId === undefined ? [] : test.deadLetters({ processId }),
    unknownCommands: known.length === 0 ? [] : commands.filter(({ type }) => !known.includes(type)).map(({ type }) => describeUnknown(type, known)),
    now: test.clock.now(),
  };
}

function describeUnknown(type: string, known: readonly string[]): string {
  const close = suggestName(type, known);
  return `${type}${close === undefined ? "" : ` (did you mean ${close}?)`}`;
}
