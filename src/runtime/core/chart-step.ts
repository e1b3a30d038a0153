import type { HandlerDefinition, ProcessDefinition } from "../../definition/model/definition.ts";
import type { HandlerArgs } from "../../definition/model/handler.ts";
import { invocationEventType, isProcessName } from "../../definition/model/names.ts";
import { readChartRecord } from "../../definition/model/chart-record.ts";
import type { StateValue } from "../../definition/model/instance.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import type { ChartAction, ChartMachine, ChartMove, ChartPosition, ChartTrigger } from "../../machine/own-chart.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { deriveId } from "../../platform/ids.ts";
import { writeJson } from "../../platform/json.ts";
import { recordToEvent } from "../../record/own-event.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry } from "../../store/mailbox.ts";
import { readContext } from "../decide/context-change.ts";
import type { Charted } from "../decide/chart-change.ts";
import { beginChildren } from "./begin-children.ts";
import { freeze } from "./context.ts";
import { createStepArgs } from "./handler-args.ts";
import type { Host } from "./host.ts";

/** Whether an entry is for the chart of its process, and not for one of the handlers beside it. */
export function isForChart({ kind }: MailboxEntry, { chart }: ProcessMachine): boolean {
  return chart !== undefined && (kind === "event" || kind === "timer");
}

/** A step of an instance whose process has a chart of its own. */
export interface ChartStep {
  readonly entry: MailboxEntry;
  readonly instance: InstanceRecord;
  readonly machine: ProcessMachine;
}

/** The chart's part of a step, which comes before the handlers of its actions. */
export async function moveInstance(
  { entry, instance, machine }: ChartStep,
  host: Host,
): Promise<{ readonly handler: HandlerDefinition | undefined; readonly charted: Charted } | { readonly error: unknown }> {
  try {
    const charted = moveChart(entry, instance, { machine, limit: host.settings.limits.context });
    const begun = beginChildren(entry, instance, { move: charted.move, host });
    const begins = begun instanceof Promise ? await begun : begun;
    return { handler: combineActions(charted.move, machine.definition), charted: { ...charted, begins } };
  } catch (error) {
    return { error };
  }
}

/**
 * What an entry does to the chart of its instance. It is asked before the handlers, and has no effect.
 * @throws ProcessError `CHART_FAILED`, `CONTEXT_INVALID`, `MIGRATION_FAILED`: another attempt would fail alike
 */
function moveChart(
  entry: MailboxEntry,
  instance: InstanceRecord,
  { machine, limit }: { readonly machine: ProcessMachine; readonly limit: number },
): Charted {
  const { definition } = machine;
  if (instance.state === null && !isBeginning(entry, instance, definition)) refuseUncharted(instance);
  const event = recordToEvent(entry.event, entry.kind);
  const trigger = readTrigger(entry, event.payload, definition);
  const move = ask(machine, { instance, event, trigger });
  const write = (context: unknown): string => {
    const written = writeJson(context, "context", limit, "limits.context");
    if ("json" in written) return written.json;
    throw new ProcessError("CONTEXT_INVALID", `${place(instance)}, ${entry.event.type}: ${written.problem}`, {
      hint: "The context of a chart is plain JSON: assign texts, numbers, booleans, null, arrays and objects of them.",
      details: { problem: written.problem },
    });
  };
  const initialContext = instance.state === null ? write(move.initialContext) : undefined;
  return { move, context: write(move.context), initialContext, begins: [] };
}

/** Whether the entry is what the instance began with, so that the chart begins with it as well. */
function isBeginning({ kind, event }: MailboxEntry, { revision, startedAt }: InstanceRecord, { startedBy }: ProcessDefinition): boolean {
  return revision === 0 || (kind === "event" && startedBy.includes(event.type) && event.occurredAt === startedAt);
}

/** The instance has handled events before its process had a chart. To begin the chart now would do again what its first handlers have done. */
function refuseUncharted(instance: InstanceRecord): never {
  const problem = "it began before its process had a chart of its own, and no migration has said where it stands in the chart";
  const next = `${instance.version}-to-${instance.version + 1}`;
  throw new ProcessError("MIGRATION_FAILED", `${place(instance)}: ${problem}`, {
    hint: `Write version: ${instance.version + 1} in the config and a migration ${next} that returns { context, state }, deploy them, and retry the dead letter.`,
    details: { process: instance.process, processId: instance.processId, version: instance.version, problem },
  });
}

function readTrigger({ kind, event }: MailboxEntry, payload: unknown, { name }: ProcessDefinition): ChartTrigger | undefined {
  if (kind === "timer") return { kind: "timer", ...(payload as Pick<ChartTrigger & { kind: "timer" }, "timer">) };
  if (event.type !== invocationEventType(name)) return undefined;
  const { invocation } = payload as { readonly invocation?: { readonly commandId?: unknown } };
  if (typeof invocation?.commandId === "string") return payload as ChartTrigger;
  throw new ProcessError("EVENT_PAYLOAD_INVALID", `${event.type} (${event.eventId}) has not the payload that Perdure gives it`, {
    hint: "Perdure makes such an event itself. Return another event from the command's handler, and discard the dead letter.",
  });
}

function ask(
  { chart, definition }: ProcessMachine,
  { instance, event, trigger }: { instance: InstanceRecord; event: Parameters<ChartMachine["step"]>[1]; trigger: ChartTrigger | undefined },
): ChartMove {
  try {
    return chart!.step(readPosition(instance), event, trigger);
  } catch (error) {
    const state = instance.state === null ? "before its first state" : `in state ${instance.state}`;
    throw new ProcessError("CHART_FAILED", `${place(instance)}, ${state}, ${event.type}: ${errorToText(error)}`, {
      hint: `A guard, an assignment, params, a delay, an input or an output of the chart threw or gave a promise, or the chart has no such state any more. Correct ${definition.chart?.file ?? "the machine"}, deploy it, and retry the dead letter. What has to be awaited is a command that a state invokes.`,
      details: { process: instance.process, processId: instance.processId },
      cause: error,
    });
  }
}

function readPosition({ state, context, chart }: InstanceRecord): ChartPosition | undefined {
  if (state === null) return undefined;
  return { state: JSON.parse(state) as StateValue, context: readContext(context ?? "{}"), ...readChartRecord(chart) };
}

function place({ process, aggregateId }: InstanceRecord): string {
  return `process "${process}", aggregate "${aggregateId}"`;
}

/**
 * The handlers of one step as one: they run in order, and what the chart's states invoke is dispatched behind what they dispatch. `undefined`
 * if nothing is to be done.
 */
export function combineActions({ actions, invokes }: ChartMove, { chart }: ProcessDefinition): HandlerDefinition | undefined {
  const commands = invokes.filter(({ src }) => !isProcessName(src));
  if (actions.length === 0 && commands.length === 0) return undefined;
  const names = actions.flatMap((action) => (action.kind === "handler" ? [nameOf(action.name, chart!.actions)] : []));
  const run = async (args: HandlerArgs): Promise<void> => {
    let index = 0;
    for (const action of actions) {
      if (action.kind === "log") args.logger.info([action.label, String(action.value)].filter((part) => part !== undefined).join(" "));
      else await runAction(action, chart!.actions, { args, index: index++ });
    }
    for (const { src, input } of commands) {
      await args.commands[src]!({ aggregateId: args.process.aggregateId, payload: input ?? {} });
    }
  };
  const invoked = commands.map(({ src }) => `invoke ${src}`);
  return { name: [...names, ...invoked].join(", ") || "log", run, description: undefined, file: undefined };
}

function nameOf(action: string, actions: ReadonlyMap<string, HandlerDefinition>): string {
  return actions.get(action)?.name ?? action;
}

async function runAction(
  { name, params, context, event }: Extract<ChartAction, { kind: "handler" }>,
  actions: ReadonlyMap<string, HandlerDefinition>,
  { args, index }: { readonly args: HandlerArgs; readonly index: number },
): Promise<void> {
  const handler = actions.get(name);
  if (handler === undefined) {
    throw new ProcessError("HANDLER_MISSING", `the action "${name}" has no handler`, { hint: `Add actions/ a file for ${name}.` });
  }
  const { commands, attempt, logger } = args;
  const given = {
    commands,
    attempt,
    logger,
    event: event as HandlerArgs["event"],
    context: freeze(structuredClone(context)),
    params: freeze(structuredClone(params)),
    // Each handler of a step has its own, so that two of them may ask the same service for different things.
    idempotencyKey: index === 0 ? args.idempotencyKey : deriveId(`${args.idempotencyKey}/action/${index}`),
  };
  await (handler.run as (args: HandlerArgs) => unknown)(createStepArgs(given, args, () => args.process));
}
