import { isUnowned } from "../definition/model/lane.ts";
import { isPolicyName } from "../definition/model/policy.ts";
import type { TimerKind, TimerRecord } from "../store/timers.ts";

/** Something that will be due. */
export interface Timer {
  /**
   * `timeout`: an instance times out. `after`: a timer of the instance's chart. `command`: a command runs, for the first time or again.
   * `retry`: a handler has another attempt. `kept`: an event that came before its instance goes, unless the instance has started by then. A
   * policy that runs is a `command`, too.
   * `discard`: a failed instance ends, unless its dead letter is settled by then.
   */
  readonly kind: TimerKind;
  readonly dueAt: Date;
  /** The process; of what belongs to no instance the policy, or empty for a command from outside. */
  readonly process: string;
  /** The instance's aggregate; for a command, the aggregate that the command is for; for a policy, that of its event. */
  readonly aggregateId: string;
  readonly processId: string | undefined;
  /** The command's name; `undefined` where a policy itself runs. */
  readonly command: string | undefined;
  /** The policy that runs, or that has dispatched the command. */
  readonly policy: string | undefined;
  /** Which timer of the chart, such as `awaitingPayment after 3d`. */
  readonly name: string | undefined;
}

/** A stored timer as the interface shows it. */
export function recordToTimer({ kind, dueAt, process, aggregateId, processId, command, name }: TimerRecord): Timer {
  return {
    kind,
    dueAt: new Date(dueAt),
    process,
    aggregateId,
    processId: processId === null || isUnowned(processId) ? undefined : processId,
    command: command === null || isPolicyName(command) ? undefined : command,
    policy: processId !== null && isUnowned(processId) && process !== "" ? process : undefined,
    name: name ?? undefined,
  };
}
