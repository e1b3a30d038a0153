import type { Handler } from "../model/handler.ts";
import type { ProcessOptions } from "./process-options.ts";

/** A machine of XState, as far as its type is looked at. */
export interface ChartMachine {
  readonly implementations: object;
  readonly root: object;
  provide(implementations: never): unknown;
}

/** What a process made in code says that has a chart of its own. */
export interface ChartProcessOptions<Machine extends ChartMachine = ChartMachine> extends Pick<
  ProcessOptions,
  | "aggregate"
  | "name"
  | "startedBy"
  | "timeout"
  | "onTimedOut"
  | "onFailed"
  | "index"
  | "retry"
  | "handlerTimeout"
  | "correlate"
  | "keepEarly"
  | "version"
  | "migrations"
> {
  readonly machine: Machine;
  readonly actions?: Readonly<Record<string, Handler>>;
}
