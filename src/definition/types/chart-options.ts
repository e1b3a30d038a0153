import type { Commands } from "../model/command.ts";
import type { IndexKey } from "../model/context.ts";
import type { EventOptions } from "../model/event-option.ts";
import type { HandlerArgs } from "../model/handler.ts";
import type { ActionHandlerArgs, ChartActionName, ChartContext, ChartMachine } from "./chart-types.ts";
import type { ProcessOptions } from "./process-options.ts";

/** What a process made in code says that has a chart of its own. The chart says when an instance is completed and what it remembers. */
export interface ChartProcessOptions<Machine extends ChartMachine = ChartMachine> extends Omit<
  ProcessOptions,
  "events" | "completedBy" | "completeWhen" | "context" | "on" | "onTimedOut" | "onFailed" | "onCancelled" | "index"
> {
  /** What `setup(…).createMachine(…)` of XState returns. Its final state completes an instance. */
  readonly machine: Machine;
  /** Handlers by the names that their actions have in the machine. */
  readonly actions?: { readonly [Name in ChartActionName<Machine>]?: ActionHandler<Machine, Name> };
  readonly onTimedOut?: ChartHandler<Machine>;
  readonly onFailed?: ChartHandler<Machine>;
  readonly onCancelled?: ChartHandler<Machine>;
  /** Keys of the machine's context by whose values `processes.find({ process, where })` finds instances. */
  readonly index?: readonly IndexKey<ChartContext<Machine>>[];
  /** Events with the schemas of their payloads, by type. Which events there are, the machine says. */
  readonly events?: EventOptions;
  readonly completedBy?: never;
  readonly completeWhen?: never;
  readonly context?: never;
  readonly on?: never;
}

// TypeScript checks the arguments of a method's type loosely, so that a handler may say what payload it wants.
type ActionHandler<Machine, Name extends string> = { run(args: ActionHandlerArgs<Machine, Name>): unknown }["run"];

type ChartHandler<Machine> = { run(args: HandlerArgs<unknown, string, Commands, ChartContext<Machine>>): unknown }["run"];
