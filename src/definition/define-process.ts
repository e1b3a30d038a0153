import { checkGivenNames } from "./check/check-given-names.ts";
import { checkEventName, checkKeys, configKeys, readConfig, readEventNames, type ProcessConfig } from "./read/process-config.ts";
import type { EventDeclaration, HandlerDefinition, ProcessDefinition } from "./model/definition.ts";
import type { EventOptions } from "./model/event-option.ts";
import type { Handler } from "./model/handler.ts";
import { handlerName, pascalToKebab } from "./model/names.ts";
import type { OwnChart } from "./model/own-chart.ts";
import { readGivenEvents } from "./read/given-events.ts";
import { unreadChart } from "./read/load-chart.ts";
import { checkCorrelated } from "./read/read-correlate.ts";
import { readContext } from "./read/read-context.ts";
import { readMigrations } from "./read/read-migrations.ts";
import { createReport, describeValue, type Report } from "./report/report.ts";
import { didYouMean, suggestName } from "../platform/suggest.ts";
import type { ChartProcessOptions } from "./types/chart-options.ts";
import type { ChartMachine } from "./types/chart-types.ts";
import type { EventTypeOf, ExactPatch, ExactPatches, ProcessOptions } from "./types/process-options.ts";

/**
 * A process made in code, for the option `definitions`. It does not throw: what is wrong is reported with everything else
 * when the system is created, under the file name `defineProcess("order/order-lifecycle")`.
 */
export function defineProcess<Machine extends ChartMachine>(options: ChartProcessOptions<Machine>): ProcessDefinition;
export function defineProcess<
  const Events extends readonly string[] | EventOptions = readonly string[],
  Context = unknown,
  On extends object = object,
  Late = unknown,
  Failed = unknown,
  Cancelled = unknown,
>(
  options: ProcessOptions<EventTypeOf<Events>, Context, Events> & {
    readonly events?: Events;
    readonly on: On & NoInfer<ExactPatches<EventTypeOf<Events>, Context, On>>;
    readonly onTimedOut?: Late & NoInfer<ExactPatch<Context, Late>>;
    readonly onFailed?: Failed & NoInfer<ExactPatch<Context, Failed>>;
    readonly onCancelled?: Cancelled & NoInfer<ExactPatch<Context, Cancelled>>;
    // The compiler speaks of this form where what is given beside a machine fits neither.
    readonly machine?: "Something beside this machine does not fit it: actions, index, completedBy, completeWhen, context, events or on.";
  },
): ProcessDefinition;
export function defineProcess(options: object): ProcessDefinition {
  // Programs in JavaScript can give anything, so it is read as if it were a file.
  const given: Readonly<Record<string, unknown>> = { ...options };
  const aggregate = String(given.aggregate);
  const name = String(given.name);
  const source = `defineProcess("${aggregate}/${name}")`;
  const report = createReport();
  const hasChart = given.machine !== undefined;
  checkKeys(given, [...configKeys, ...ownKeys], source, report);
  checkGivenNames(given, { file: source, example: "order-lifecycle" }, report);
  const config = readConfig(given, { file: source, hasChart }, report);
  const chart = readOwnChart(given, source, report);
  const handlers = hasChart ? new Map<string, HandlerDefinition>() : readHandlers(given.on, source, report);
  const givenEvents = readEventOptions(given.events, source, report);
  const events = hasChart ? undefined : (givenEvents?.map(({ type }) => type) ?? readEvents(given.events, source, report));
  // What a chart reacts to is known when its machine has been read.
  if (chart === undefined) checkCorrelated({ ...config, handlers, chart }, source, report);
  if (events !== undefined) checkClosed(events, { ...config, handlers }, source, report);
  return {
    process: `${aggregate}/${name}`,
    aggregate,
    name,
    ...config,
    context: hasChart ? undefined : readContext(given.context, source, report),
    chart,
    handlers,
    timedOut: readHandler(given.onTimedOut, { what: "onTimedOut", name: `on-${name}-timed-out`, file: source }, report),
    failed: readHandler(given.onFailed, { what: "onFailed", name: `on-${name}-failed`, file: source }, report),
    cancelled: readHandler(given.onCancelled, { what: "onCancelled", name: `on-${name}-cancelled`, file: source }, report),
    source,
    declaredEvents: events ?? [...new Set([...config.startedBy, ...config.completedBy])],
    givenEvents: givenEvents ?? [],
    diagnostics: report.diagnostics,
    migrations: readMigrations(given.migrations, config.version, source, report),
  };
}

const ownKeys = [
  "aggregate",
  "name",
  "events",
  "context",
  "machine",
  "actions",
  "on",
  "onTimedOut",
  "onFailed",
  "onCancelled",
  "migrations",
];

/** The machine that was given with the handlers of its actions; `undefined` if none was. */
function readOwnChart(given: Readonly<Record<string, unknown>>, file: string, report: Report): OwnChart | undefined {
  const { machine, actions } = given;
  if (machine === undefined) {
    if (actions === undefined) return undefined;
    report.error("ACTION_UNKNOWN", {
      file,
      reason: "actions are given, and there is no machine whose actions they could be",
      fix: "Give the machine too, or write the handlers by event: on: { OrderPlaced: async ({ event, commands }) => { … } }.",
    });
    return undefined;
  }
  for (const key of ["context", "on", "events"]) {
    // Of its events, the machine says their types and not their payloads.
    if (given[key] === undefined || (key === "events" && isByType(given[key]))) continue;
    report.error("MACHINE_CONFLICT", {
      file,
      reason: `${key} is given, but the process has a machine, which says that itself`,
      fix: `Remove ${key}; ${saidByMachine[key]}.`,
    });
  }
  return unreadChart(machine, readActionHandlers(actions, file, report), undefined);
}

const saidByMachine: Readonly<Record<string, string>> = {
  context: "write its keys into the context of the machine, and change them by assign",
  on: "name an action at the event's transition in the machine, and give its handler in actions",
  events: "the events are those that the states of the machine react to. Their payloads go into events: { OrderPaid: { payload } }",
};

function readActionHandlers(given: unknown, file: string, report: Report): ReadonlyMap<string, HandlerDefinition> {
  const handlers = new Map<string, HandlerDefinition>();
  if (given === undefined) return handlers;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    report.error("HANDLER_INVALID", {
      file,
      reason: `actions has to be an object of handlers by action, but is ${describeValue(given)}`,
      fix: "Write actions: { sendReminder: async ({ event, context, params, commands }) => { … } }.",
    });
    return handlers;
  }
  for (const [action, run] of Object.entries(given)) {
    const handler = readHandler(run, { what: `actions.${action}`, name: pascalToKebab(action), file }, report);
    if (handler !== undefined) handlers.set(action, handler);
  }
  return handlers;
}

function readHandlers(given: unknown, file: string, report: Report): ReadonlyMap<string, HandlerDefinition> {
  const handlers = new Map<string, HandlerDefinition>();
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    report.error("HANDLER_INVALID", {
      file,
      reason: given === undefined ? "on is missing" : `on has to be an object of handlers by event, but is ${describeValue(given)}`,
      fix: "Write on: { OrderPlaced: async ({ event, commands }) => { … } }.",
    });
    return handlers;
  }
  for (const [type, run] of Object.entries(given)) {
    if (!checkEventName(type, "on", file, report)) continue;
    const handler = readHandler(run, { what: `on.${type}`, name: handlerName(type), file }, report);
    if (handler !== undefined) handlers.set(type, handler);
  }
  return handlers;
}

/** `what` is where the handler was given, such as `on.OrderPlaced`. */
function readHandler(
  run: unknown,
  { what, name, file }: { readonly what: string; readonly name: string; readonly file: string },
  report: Report,
): HandlerDefinition | undefined {
  if (run === undefined) return undefined;
  if (typeof run === "function") return { name, run: run as Handler, description: undefined, file: undefined };
  report.error("HANDLER_INVALID", {
    file,
    reason: `${what} has to be a function, but is ${describeValue(run)}`,
    fix: `Write ${what.replace(/^(?:on|actions)\./, "")}: async ({ event, commands }) => { … }.`,
  });
  return undefined;
}

/** The events with their payloads, where they are given by type; `undefined` where they are a list, or nothing. */
function readEventOptions(given: unknown, file: string, report: Report): readonly EventDeclaration[] | undefined {
  return isByType(given) ? readGivenEvents({ ...given }, file, report) : undefined;
}

function isByType(given: unknown): given is object {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

function readEvents(given: unknown, file: string, report: Report): readonly string[] | undefined {
  if (given === undefined) return undefined;
  if (Array.isArray(given)) return readEventNames(given, "events", file, report);
  report.error("EVENT_NAME_INVALID", {
    file,
    reason: `events has to be an array of event names, or an object of events by type, but is ${describeValue(given)}`,
    fix: 'Write events: ["OrderPlaced"], or events: { OrderPlaced: { payload: z.object({ … }) } }, or remove it.',
  });
  return undefined;
}

function checkClosed(
  events: readonly string[],
  {
    startedBy,
    completedBy,
    handlers,
  }: Pick<ProcessConfig, "startedBy" | "completedBy"> & { readonly handlers: ReadonlyMap<string, unknown> },
  file: string,
  report: Report,
): void {
  const uses = [
    ["startedBy", startedBy],
    ["completedBy", completedBy],
    ["on", [...handlers.keys()]],
  ] as const;
  for (const [key, types] of uses) {
    for (const type of types) {
      if (events.includes(type)) continue;
      const close = suggestName(type, events);
      report.error("EVENT_UNKNOWN", {
        file,
        reason: `${key} names ${type}, which is not in events${didYouMean(close)}`,
        fix: close === undefined ? `Add ${type} to events.` : `Write ${close}, or add ${type} to events.`,
      });
    }
  }
}
