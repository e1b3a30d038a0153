import { basename, dirname, extname, join } from "node:path";
import type { HandlerDefinition, ProcessDefinition } from "../model/definition.ts";
import { pascalToKebab } from "../model/names.ts";
import type { ChartReading, OwnChart, ReadChart } from "../model/own-chart.ts";
import type { Report } from "../report/report.ts";
import { didYouMean, suggestName } from "../../platform/suggest.ts";
import { noMachine } from "./load-chart.ts";
import { checkCorrelated } from "./read-correlate.ts";

/** The definition with its machine read, where it has a chart of its own. `configFile` is named in what is reported of the config. */
export function settleChart(definition: ProcessDefinition, configFile: string, readChart: ReadChart, report: Report): ProcessDefinition {
  const { chart } = definition;
  if (chart === undefined) return definition;
  // What could not be loaded has been reported.
  if (chart.machine === noMachine) return withoutReading(definition, chart);
  const reading = readChart(chart.machine);
  const file = chart.file ?? definition.source;
  for (const { severity, code, reason, fix } of reading.problems) if (severity === "error") report.error(code, { file, reason, fix });
  if (reading.problems.some(({ code }) => code === "MACHINE_INVALID")) return withoutReading(definition, chart);
  matchActions(definition, chart, reading, report);
  const { actions: _names, refusedActions: _refused, problems, ...said } = reading;
  const advice = problems.filter(({ severity }) => severity === "warning");
  const settled: ProcessDefinition = { ...definition, chart: { ...chart, ...said, advice } };
  checkCorrelated(settled, configFile, report);
  if (!reading.ends && definition.timeout === undefined) {
    report.warning("NEVER_ENDS", {
      file,
      reason: "no way through the chart leads to its end, and there is no timeout, so instances never end",
      fix: 'Let a transition lead to a state of type "final", or give a timeout in the config.',
    });
  }
  return settled;
}

/** What the machine reacts to is not known, so that the events that start the process are not reported as known to nobody. */
function withoutReading(definition: ProcessDefinition, chart: OwnChart): ProcessDefinition {
  return { ...definition, chart: { ...chart, events: definition.startedBy } };
}

function matchActions(definition: ProcessDefinition, chart: OwnChart, { actions, refusedActions }: ChartReading, report: Report): void {
  const unknown = [...chart.actions].filter(([name]) => !actions.includes(name) && !refusedActions.includes(name));
  const unhandled = actions.filter((name) => !chart.actions.has(name));
  for (const name of unhandled) {
    const close = suggestName(
      name,
      unknown.map(([other]) => other),
    );
    report.error("ACTION_UNHANDLED", {
      file: chart.file ?? definition.source,
      reason: `the chart has the action ${name}, and no handler is for it`,
      fix: fixUnhandled(name, close, chart),
    });
  }
  for (const [name, handler] of unknown) {
    // The action that it is probably for has been reported with it.
    if (unhandled.some((other) => suggestName(other, [name]) !== undefined)) continue;
    const close = suggestName(name, actions);
    report.error("ACTION_UNKNOWN", {
      file: handler.file ?? definition.source,
      reason: `the chart has no action ${name}${didYouMean(close)}`,
      fix: fixUnknown(name, handler, chart),
    });
  }
}

function fixUnhandled(name: string, close: string | undefined, chart: OwnChart): string {
  const signature = "async ({ event, context, params, commands }) => { … }";
  const other = close === undefined ? undefined : chart.actions.get(close);
  if (chart.file === undefined) {
    const key = name.includes("-") ? JSON.stringify(name) : name;
    return close === undefined ? `Write actions: { ${key}: ${signature} }.` : `Rename ${close} in actions to ${key}.`;
  }
  const path = actionPath(name, chart.file);
  return other?.file === undefined
    ? `Create ${path}: export const handler = ${signature};`
    : `Rename ${other.file} to ${path}, or create ${path}.`;
}

function actionPath(name: string, machine: string): string {
  const extension = extname(machine);
  return name.startsWith("on-")
    ? join(dirname(machine), `${name}${extension}`)
    : join(dirname(machine), "actions", `${pascalToKebab(name)}${extension}`);
}

function fixUnknown(name: string, { file }: HandlerDefinition, { file: machine }: OwnChart): string {
  const place = machine === undefined ? "the machine" : basename(machine);
  const remove = file === undefined ? `remove ${name} from actions` : `delete ${basename(file)}`;
  return name.startsWith("on-")
    ? `In a process with a chart, the chart says what follows an event: write actions: "${name}" at the event's transition in ${place}, or ${remove}.`
    : `Name it in ${place}, such as entry: "${name}", with ${name}: () => {} in setup({ actions }); or ${remove}.`;
}
