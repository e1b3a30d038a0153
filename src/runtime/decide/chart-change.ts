import { isProcessName } from "../../definition/model/names.ts";
import { type ChartInvocation, readChartRecord, writeChartRecord } from "../../definition/model/chart-record.ts";
import type { ChartMove } from "../../machine/own-chart.ts";
import type { NewCommand } from "../../store/commands.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import { deriveId } from "../../platform/ids.ts";
import type { AddressedEvent } from "./changes.ts";
import { compareContexts, type ContextChange } from "./context-change.ts";

/** A move of a chart whose context was found to be JSON. */
export interface Charted {
  readonly move: ChartMove;
  /** The context after it, as JSON text. */
  readonly context: string;
  /** The context before the event, of an instance that begins. */
  readonly initialContext: string | undefined;
  /** The events that begin the instances of processes that it invokes. */
  readonly begins: readonly AddressedEvent[];
}

/** What a move changes of its instance's row. */
export interface ChartChange {
  readonly instance: Pick<InstanceRecord, "state" | "context" | "chart">;
  readonly context: ContextChange | undefined;
  /** Whether the instance stands elsewhere than before. */
  readonly isMoved: boolean;
  readonly done: ChartMove["done"];
  /** The commands of the step, of which those that the chart invokes say so. */
  readonly commands: readonly NewCommand[];
  /** Invocations that have ended without a result, because their state was left. */
  readonly withdrawn: readonly ChartInvocation[];
}

/** The id of an invocation of a process, which is the same whenever its step is repeated. */
export function nameInvocation(
  { path, index }: Pick<ChartInvocation, "path" | "index">,
  { processId }: Pick<InstanceRecord, "processId">,
  eventId: string,
): string {
  return deriveId(`${eventId}/${processId}/${path.join("/")}/${index}`);
}

export interface DispatchedByChart {
  /** What the step dispatched; the last of them are what the chart invokes, in order. */
  readonly commands: readonly NewCommand[];
  /** The command of the invocation whose result this is. */
  readonly settled: string | undefined;
  /** Names the step. */
  readonly eventId: string;
}

export function changeChart(
  instance: InstanceRecord,
  { move, context, initialContext }: Charted,
  { commands, settled, eventId }: DispatchedByChart,
): ChartChange {
  const first = commands.length - move.invokes.filter(({ src }) => !isProcessName(src)).length;
  let at = first;
  const invoked = move.invokes.map(({ path, index, src }): ChartInvocation => {
    const named = { path, index, src };
    return { ...named, commandId: isProcessName(src) ? nameInvocation(named, instance, eventId) : commands[at++]!.commandId };
  });
  const ofCommands = invoked.filter(({ src }) => !isProcessName(src));
  const isDone = move.done !== undefined;
  const invocations = isDone ? [] : [...move.invocations, ...invoked];
  const timers = isDone ? [] : [...move.timers, ...move.starts];
  const state = JSON.stringify(move.state);
  // One whose first attempt failed has begun without a context, so that the journal is still to be told all of it.
  const told = initialContext !== undefined && instance.revision > 0 ? null : (initialContext ?? instance.context);
  const before = readChartRecord(instance.chart);
  return {
    instance: { state, context, chart: writeChartRecord({ history: isDone ? {} : move.history, timers, invocations }) },
    context: compareContexts(told, context),
    isMoved: state !== instance.state,
    done: move.done,
    commands: commands.map((command, at) =>
      at < first ? command : { ...command, invocation: JSON.stringify(ofCommands[at - first]), lane: "own" },
    ),
    withdrawn: before.invocations.filter(
      ({ commandId }) => commandId !== settled && !invocations.some((other) => other.commandId === commandId),
    ),
  };
}
