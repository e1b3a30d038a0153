import type { Diagnostic } from "../report/diagnostic.ts";
import type { AttemptSettings } from "./attempt-settings.ts";
import type { CommandLimits } from "./command-limits.ts";
import type { ContextDefinition } from "./context.ts";
import type { Correlate } from "./correlate.ts";
import type { Handler } from "./handler.ts";
import type { Migration } from "./migration.ts";
import type { OwnChart } from "./own-chart.ts";
import type { PolicyDefinition } from "./policy.ts";
import type { Schedule } from "./schedule.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** What one process folder, or one call of `defineProcess`, says. */
export interface ProcessDefinition {
  /** `<aggregate>/<name>`. */
  readonly process: string;
  readonly aggregate: string;
  readonly name: string;
  readonly startedBy: readonly string[];
  readonly completedBy: readonly string[];
  /** What completing events give as outcome, by their types; those without one are not in it. */
  readonly outcomes: ReadonlyMap<string, string>;
  readonly timeout: ProcessTimeout | undefined;
  /** What its instances remember; `undefined`: nothing. */
  readonly context: ContextDefinition | undefined;
  /** Whether an instance is completed after an event, by its context. */
  readonly completeWhen: CompleteWhen | undefined;
  /** The chart of its own that an instance is in while it is `started`; `undefined`: none. */
  readonly chart: OwnChart | undefined;
  /** By event type. Empty where the process has a chart of its own, because actions of the chart are handled then. */
  readonly handlers: ReadonlyMap<string, HandlerDefinition>;
  readonly timedOut: HandlerDefinition | undefined;
  readonly failed: HandlerDefinition | undefined;
  readonly cancelled: HandlerDefinition | undefined;
  /** The process folder, or `defineProcess("…")` for a definition made in code. */
  readonly source: string;
  /** Event types that are known because this definition, made in code, says so. Empty for a process folder. */
  readonly declaredEvents: readonly string[];
  /** Events that this definition, made in code, declares with their schemas. Empty for a process folder. */
  readonly givenEvents: readonly EventDeclaration[];
  /** What is wrong with this definition on its own. `loadDomain` reports it with everything else. */
  readonly diagnostics: readonly Diagnostic[];
  /** The keys of the context by whose values instances are found. */
  readonly index: readonly string[];
  /** What it says of the attempts at its handlers. */
  readonly settings: AttemptSettings;
  /** By event type: which instances an event is for. Events without one are for the instance of their aggregate. */
  readonly correlate: ReadonlyMap<string, Correlate>;
  /** How long an event is kept that comes before its instance, in milliseconds; `undefined`: not at all. */
  readonly keepEarlyMs: number | undefined;
  /** How long a failed instance waits for an operator, before its dead letter is discarded; `undefined`: as long as it takes. */
  readonly failedTimeout: ProcessTimeout | undefined;
  /** From 1. An instance that an older version has written is brought over by the migrations. */
  readonly version: number;
  /** By the version that they lead away from. */
  readonly migrations: ReadonlyMap<number, Migration>;
}

/** The types of the events that a process reacts to, each once. */
export function listEventTypes({
  startedBy,
  completedBy,
  handlers,
  chart,
}: Pick<ProcessDefinition, "startedBy" | "completedBy" | "handlers" | "chart">): readonly string[] {
  return [...new Set([...startedBy, ...completedBy, ...handlers.keys(), ...(chart?.events ?? [])])];
}

export type CompleteWhen = (args: { readonly context: unknown }) => unknown;

export interface ProcessTimeout {
  /** As the user wrote it, such as `7d`: it names the delay in the machine. */
  readonly text: string;
  readonly durationMs: number;
}

export interface HandlerDefinition {
  /** Kebab-case, such as `on-order-placed`: it names the action in the machine and the handler in the journal. */
  readonly name: string;
  readonly run: Handler;
  /** From the comment above the handler. */
  readonly description: string | undefined;
  readonly file: string | undefined;
}

/** An event with a file under `events/`, or declared in code. */
export interface EventDeclaration {
  readonly type: string;
  readonly schema: StandardSchema | undefined;
  readonly source: string;
  readonly isInCode: boolean;
}

/** A command with a file under `commands/`, or a handler given in code. */
export interface CommandDeclaration {
  readonly name: string;
  readonly schema: StandardSchema | undefined;
  readonly run: Handler;
  readonly source: string;
  /** What it says of its attempts. */
  readonly settings: AttemptSettings;
  /** Whether its handler runs in the transaction that settles the command, and is given the database. */
  readonly transaction: boolean;
  /** How many of it may run, and how often; `undefined`: as many as there is room for. */
  readonly limits: CommandLimits | undefined;
  /** Whether each of it has a lane of its own. */
  readonly parallel: boolean;
}

/** Everything the folders and the definitions in code say together. */
export interface Domain {
  readonly definitions: readonly ProcessDefinition[];
  /** By event type; only events that are declared. */
  readonly events: ReadonlyMap<string, EventDeclaration>;
  /** By command name. */
  readonly commands: ReadonlyMap<string, CommandDeclaration>;
  /** By schedule name. */
  readonly schedules: ReadonlyMap<string, Schedule>;
  /** By name, such as `order/tell-stock-on-order-placed`. */
  readonly policies: ReadonlyMap<string, PolicyDefinition>;
}
