import { checkEventName, checkKeys, configKeys, readConfig, readEventNames, type ProcessConfig } from "./read/config.ts";
import type { HandlerDefinition, ProcessDefinition } from "./model/definition.ts";
import type { RetryOptions } from "./model/attempt-settings.ts";
import type { ContextPatch, DeepReadonly, IndexKey } from "./model/context.ts";
import type { CorrelateOption } from "./types/correlate-option.ts";
import type { Commands } from "./model/command.ts";
import type { Handler, HandlerArgs } from "./model/handler.ts";
import type { Migration } from "./model/migration.ts";
import type { StandardSchema } from "./model/standard-schema.ts";
import { handlerName, isKebabCase, toKebabCase } from "./model/names.ts";
import { checkCorrelated } from "./read/read-correlate.ts";
import { readContext } from "./read/read-context.ts";
import { readMigrations } from "./read/read-migrations.ts";
import { createReport, describeValue, type Report } from "./report/report.ts";
import type { Duration } from "../platform/duration.ts";
import type { UnknownKey, Widened } from "./types/context-type.ts";
import { suggestName } from "./report/suggest.ts";

/** What a process made in code says: the same as a process folder. */
export interface ProcessOptions<EventType extends string = string, Context = unknown> {
  /** Kebab-case, such as `order`. */
  readonly aggregate: string;
  /** Kebab-case, such as `order-lifecycle`. */
  readonly name: string;
  /** The events the process knows. When given, `startedBy`, `completedBy` and `on` may name no others. */
  readonly events?: readonly EventType[];
  readonly startedBy: readonly NoInfer<EventType>[];
  /** The events that complete an instance, or an object from event to the outcome that it gives: `{ Approved: "approved" }`. */
  readonly completedBy: readonly NoInfer<EventType>[] | { readonly [Type in NoInfer<EventType>]?: string };
  /** What an instance remembers: a Standard Schema that accepts `{}`, with which a new instance begins. */
  readonly context?: StandardSchema<unknown, Context>;
  /** Completes an instance when it is true of the context after an event. Pure and synchronous. */
  readonly completeWhen?: (args: { readonly context: DeepReadonly<NoInfer<Context>> }) => boolean;
  readonly timeout?: Duration;
  /** Handlers by event type. */
  readonly on: { readonly [Type in NoInfer<EventType>]?: ProcessHandler<NoInfer<Context>> };
  readonly onTimedOut?: ProcessHandler<NoInfer<Context>>;
  readonly onFailed?: ProcessHandler<NoInfer<Context>>;
  /** Keys of the context by whose values `processes.find({ process, where })` finds instances. */
  readonly index?: readonly IndexKey<NoInfer<Context>>[];
  /** How failed attempts at its handlers are repeated. What it leaves out is as `processes.retry` says. */
  readonly retry?: RetryOptions;
  /** How long one attempt of a handler may take, in place of `processes.handlerTimeout`. */
  readonly handlerTimeout?: Duration;
  /** Which instances an event is for, where that is not the instance of its aggregate. Pure and synchronous. */
  readonly correlate?: CorrelateOption<NoInfer<EventType>>;
  /** How long an event is kept that comes before its instance has started. */
  readonly keepEarly?: Duration;
  /** From 1. Count on when the context of open instances does not fit any more, and give the migration. */
  readonly version?: number;
  /** What brings open instances of an older version over, by name: `{ "1-to-2": ({ context }) => ({ context: { ...context, paid: false } }) }`. */
  readonly migrations?: { readonly [Name in `${number}-to-${number}`]?: Migration };
}

// TypeScript checks the arguments of a method's type loosely, so that a handler may say what payload it wants.
export type ProcessHandler<Context = unknown> = {
  run(args: HandlerArgs<unknown, string, Commands, DeepReadonly<Context>>): HandlerResult<Context> | Promise<HandlerResult<Context>>;
}["run"];

// Without a context, what a handler returns is ignored.
type HandlerResult<Context> = unknown extends Context ? unknown : ContextPatch<Widened<Context>> | undefined | void;

// A function's result may have more keys than its type says, so TypeScript does not see by itself that one has a key that is not in the context.
type ExactPatches<EventType, Context, Handlers> = {
  readonly [Type in keyof Handlers]: Type extends EventType
    ? ExactPatch<Context, Handlers[Type]>
    : string extends Type
      ? unknown
      : "This is not one of the events.";
};

type ExactPatch<Context, Run> = unknown extends Context
  ? unknown
  : Run extends (args: never) => infer Returned
    ? [UnknownKey<Context, Awaited<Returned>>] extends [never]
      ? unknown
      : `The context has no key ${UnknownKey<Context, Awaited<Returned>>}.`
    : unknown;

/**
 * A process made in code, for the option `definitions`. It does not throw: what is wrong is reported with everything else
 * when the system is created, under the file name `defineProcess("order/order-lifecycle")`.
 */
export function defineProcess<
  EventType extends string = string,
  Context = unknown,
  On extends object = object,
  Late = unknown,
  Failed = unknown,
>(
  options: ProcessOptions<EventType, Context> & {
    readonly on: On & NoInfer<ExactPatches<EventType, Context, On>>;
    readonly onTimedOut?: Late & NoInfer<ExactPatch<Context, Late>>;
    readonly onFailed?: Failed & NoInfer<ExactPatch<Context, Failed>>;
  },
): ProcessDefinition {
  // Programs in JavaScript can give anything, so it is read as if it were a file.
  const given: Readonly<Record<string, unknown>> = { ...options };
  const aggregate = String(given.aggregate);
  const name = String(given.name);
  const source = `defineProcess("${aggregate}/${name}")`;
  const report = createReport();
  checkKeys(given, [...configKeys, "aggregate", "name", "events", "context", "on", "onTimedOut", "onFailed", "migrations"], source, report);
  checkName("aggregate", given.aggregate, source, report);
  checkName("name", given.name, source, report);
  const config = readConfig(given, source, report);
  const handlers = readHandlers(given.on, source, report);
  const events = readEvents(given.events, source, report);
  checkCorrelated({ ...config, handlers }, source, report);
  if (events !== undefined) checkClosed(events, { ...config, handlers }, source, report);
  return {
    process: `${aggregate}/${name}`,
    aggregate,
    name,
    ...config,
    context: readContext(given.context, source, report),
    chart: undefined,
    handlers,
    timedOut: readHandler(given.onTimedOut, { what: "onTimedOut", name: `on-${name}-timed-out`, file: source }, report),
    failed: readHandler(given.onFailed, { what: "onFailed", name: `on-${name}-failed`, file: source }, report),
    source,
    declaredEvents: events ?? [...new Set([...config.startedBy, ...config.completedBy])],
    diagnostics: report.diagnostics,
    migrations: readMigrations(given.migrations, config.version, source, report),
  };
}

function checkName(key: "aggregate" | "name", name: unknown, file: string, report: Report): void {
  if (typeof name === "string" && isKebabCase(name)) return;
  const better = typeof name === "string" ? toKebabCase(name) : "";
  report.error("NAME_NOT_KEBAB_CASE", {
    file,
    reason: `${key} has to be kebab-case, but is ${describeValue(name)}`,
    fix: `Write ${key}: "${better === "" ? { aggregate: "order", name: "order-lifecycle" }[key] : better}".`,
  });
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
    fix: `Write ${what.replace("on.", "")}: async ({ event, commands }) => { … }.`,
  });
  return undefined;
}

function readEvents(given: unknown, file: string, report: Report): readonly string[] | undefined {
  if (given === undefined) return undefined;
  if (Array.isArray(given)) return readEventNames(given, "events", file, report);
  report.error("EVENT_NAME_INVALID", {
    file,
    reason: `events has to be an array of event names, but is ${describeValue(given)}`,
    fix: 'Write events: ["OrderPlaced"], or remove it.',
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
        reason: `${key} names ${type}, which is not in events${close === undefined ? "" : `; did you mean ${close}?`}`,
        fix: close === undefined ? `Add "${type}" to events.` : `Write ${close}, or add "${type}" to events.`,
      });
    }
  }
}
