import type { AnyStateMachine } from "xstate";
import type { Clock } from "../platform/clock.ts";
import type { ProcessSystem } from "../system/process-system.ts";
import type { Stand } from "./charts.ts";
import type { Minutes } from "./minutes.ts";
import type { ShowError } from "./show-error.ts";
import type { ShowValue } from "./show.ts";
import type { Thrift } from "./thrift.ts";
import type { UiOptions } from "./ui-options.ts";

/** What the page looks at, and has its verbs carried out by. */
export type UiSystem = Pick<
  ProcessSystem,
  "health" | "processes" | "deadLetters" | "timers" | "scheduled" | "schedules" | "lag" | "overview" | "state" | "machines"
>;

/** What each answer is made of. */
export interface Desk {
  readonly system: UiSystem;
  readonly options: UiOptions;
  readonly showValue: ShowValue;
  readonly showError: ShowError;
  readonly minutes: Minutes;
  readonly drawChart: (process: string, stand: Stand) => Promise<string>;
  readonly thrift: Thrift;
  readonly clock: Clock;
  /** Whether a worker works on the store of a client; `undefined` where nothing tells. */
  readonly hasWorker: (() => boolean) | undefined;
}

/** The machines by the names of their processes. */
export function machinesOf({ system }: Pick<Desk, "system">): Readonly<Record<string, AnyStateMachine>> {
  return system.machines;
}
