import { fileURLToPath } from "node:url";
import type { ScheduleDefinition } from "../definition/model/schedule.ts";
import type { ProcessDefinition } from "../definition/model/definition.ts";
import type { CommandInCode, CommandOption } from "../definition/model/command-option.ts";
import type { EventOptions } from "../definition/model/event-option.ts";
import type { PolicyDefinition } from "../definition/model/policy.ts";
import type { ImportModule } from "../definition/read/import-module.ts";
import type { Handler } from "../definition/model/handler.ts";
import type { CommandHandler } from "../definition/model/returned-events.ts";
import { ProcessError } from "../errors.ts";
import type { Inspect } from "../machine/inspected-actor.ts";
import { readHost, type RestateHostOptions } from "./host-options.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import { completeLogger, consoleLogger, type Logger } from "../platform/logger.ts";
import {
  type LimitsOptions,
  type ProcessesOptions,
  readSettings,
  type RetentionOptions,
  type Settings,
} from "../runtime/check/settings.ts";
import { expectOption, refuseUnknownKeys } from "../platform/options.ts";
import type { DriverName } from "../store/sqlite/driver/database.ts";
import type { Store } from "../store/store.ts";
import type { Telemetry } from "../runtime/trace/telemetry.ts";
import {
  findStoreDriver,
  readStore,
  refuseSharedFile,
  type SqliteDatabase,
  type StoreAdapter,
  type StoreOptions,
} from "./store-options.ts";

export interface ProcessSystemOptions {
  /**
   * The domain folder, or several. Relative paths start at the working directory, in a configuration file at its folder. A `file:` URL is
   * right wherever the program is started, also compiled: `new URL("./domain", import.meta.url)`.
   */
  readonly domain?: string | URL | readonly (string | URL)[];
  /**
   * Loads the files of the domain, in place of Perdure's own loader: `(file) => import(file)`, written in the program, its config or a
   * test. A runtime or a test runner with its own loader then loads these files too, so the program and its domain share what both import,
   * mocks included. `file` is an absolute path.
   */
  readonly importModule?: ImportModule;
  /** Definitions made with `defineProcess`, in addition to those of the folders. */
  readonly definitions?: readonly ProcessDefinition[];
  /** Schedules made with `defineSchedule`, in addition to those of the folders. */
  readonly schedules?: readonly ScheduleDefinition[];
  /** Policies made with `definePolicy`, in addition to those of the folders. */
  readonly policies?: readonly PolicyDefinition[];
  /**
   * Events by type, in addition to those of the folders, each with what its file would export: `{ OrderPlaced: { payload: schema } }`. An event has
   * one schema, wherever it is declared.
   */
  readonly events?: EventOptions;
  /**
   * Commands by name, in addition to those of the folders: a handler, or an object with whatever a command's file can say. What is said here
   * replaces what the file of the same name says, and the rest of the file stays in force.
   */
  readonly commands?: Readonly<Record<string, CommandInCode>>;
  /** Executes every command, whatever its name. It cannot be given together with `commands`. */
  readonly dispatchCommand?: CommandHandler<unknown>;
  /**
   * Where everything is kept: a file (default `./perdure.db`), `":memory:"`, an open connection of better-sqlite3 or `node:sqlite`, or an
   * adapter.
   */
  readonly store?: StoreOptions | SqliteDatabase | StoreAdapter;
  /**
   * Keeps the instances on Restate in place of a store. It is for `perdure.config.ts` and the command line: a program serves by `serveRestate`
   * and connects by `connectRestate` of `perdure/restate`.
   */
  readonly host?: RestateHostOptions;
  readonly processes?: ProcessesOptions;
  readonly retention?: RetentionOptions;
  readonly limits?: LimitsOptions;
  /**
   * `worker` (default): the system does the work, or stands by while another OS process on the same store does. `client`: the system
   * dispatches, shows what is there and has dead letters settled, and leaves the work to the worker.
   */
  readonly role?: "worker" | "client";
  /** The clock. Default: the machine's. */
  readonly clock?: Clock;
  /** Where messages go. Methods that it lacks are silent. Default: warnings and errors go to the standard error stream. */
  readonly logger?: Partial<Logger>;
  /**
   * What XState's `createActor` takes as `inspect`, a function or an observer. It is told of each step that this OS process commits,
   * after the commit, in XState's events `@xstate.actor`, `@xstate.event` and `@xstate.snapshot`, so that Stately's inspectors
   * plug in: `inspect: createWebSocketInspector().inspect`. An actor's `sessionId` is `<process>/<processId>`. What the inspector throws is
   * logged. Without an inspector nothing is prepared for one.
   */
  readonly inspect?: Inspect;
  /**
   * Makes traces and metrics of what this OS process does: what `createTelemetry` of `perdure/opentelemetry` returns. The SDK that records and
   * exports them is the program's own. Without it nothing is prepared for it.
   */
  readonly telemetry?: Telemetry;
}

/** The options, checked and with the defaults filled in. */
export interface SystemOptions {
  readonly domain: string | readonly string[];
  readonly importModule: ImportModule | undefined;
  readonly definitions: readonly ProcessDefinition[];
  readonly schedules: readonly ScheduleDefinition[];
  readonly policies: readonly PolicyDefinition[];
  readonly events: EventOptions;
  readonly commands: Readonly<Record<string, Handler | CommandOption>> | undefined;
  readonly dispatchCommand: Handler | undefined;
  readonly host: RestateHostOptions | undefined;
  readonly openStore: () => Store;
  /** The driver of what is opened beside the store; `undefined`: the default one. */
  readonly driver: DriverName | undefined;
  /** Call it between opening the store and the file of dead letters. @throws ProcessError `CONFIG_INVALID` if they share a file */
  readonly checkFilesApart: () => void;
  readonly settings: Settings;
  readonly role: "worker" | "client";
  readonly clock: Clock;
  readonly logger: Logger;
  readonly inspect: Inspect | undefined;
  readonly telemetry: Telemetry | undefined;
}

const optionNames = [
  "domain",
  "importModule",
  "definitions",
  "schedules",
  "policies",
  "events",
  "commands",
  "dispatchCommand",
  "store",
  "host",
  "processes",
  "retention",
  "limits",
  "role",
  "clock",
  "logger",
  "inspect",
  "telemetry",
] as const satisfies readonly (keyof ProcessSystemOptions)[];

/** `place` is what stands before an unknown option in the message. @throws ProcessError `CONFIG_INVALID` */
export function refuseUnknownOptions(options: ProcessSystemOptions, place?: string): void {
  refuseUnknownKeys(options, "createProcessSystem", optionNames, place);
}

/** @throws ProcessError `CONFIG_INVALID` */
export function readOptions(options: ProcessSystemOptions): SystemOptions {
  refuseUnknownOptions(options);
  const { importModule, definitions = [], policies = [], schedules = [], events = {}, store = {} } = options;
  const { commands, dispatchCommand, clock = systemClock, logger = consoleLogger } = options;
  checkCommands(options);
  const { role = "worker" } = options;
  if (role !== "worker" && role !== "client") {
    throw new ProcessError("CONFIG_INVALID", `role is ${JSON.stringify(role)}`, { hint: 'It must be "worker" or "client".' });
  }
  expectOption(typeof store === "object" && store !== null, "store", store, "an object: { path }, a connection, or an adapter");
  const settings = readSettings(options.processes, options.retention, options.limits);
  const checkFilesApart = () => refuseSharedFile(store, settings.dlqPath);
  checkFilesApart();
  const domain = readDomain(options.domain);
  expectOption(
    importModule === undefined || typeof importModule === "function",
    "importModule",
    importModule,
    "a function, such as (file) => import(file)",
  );
  checkMadeInCode(options);
  expectOption(hasMethods(clock, ["now", "setTimeout", "clearTimeout"]), "clock", clock, "an object with now, setTimeout and clearTimeout");
  expectOption(
    ["debug", "info", "warn", "error"].some((method) => hasMethods(logger, [method])),
    "logger",
    logger,
    "an object with debug, info, warn and error",
  );
  const { inspect, telemetry } = options;
  expectOption(
    inspect === undefined || typeof inspect === "function" || hasMethods(inspect, ["next"]),
    "inspect",
    inspect,
    "a function, or an observer with a method next",
  );
  checkTelemetry(telemetry);
  return {
    domain,
    importModule,
    definitions,
    schedules,
    policies,
    events,
    commands,
    dispatchCommand,
    host: readHost(options.host, options.store !== undefined),
    openStore: readStore(store),
    driver: findStoreDriver(store),
    checkFilesApart,
    settings,
    role,
    clock,
    logger: completeLogger(logger),
    inspect,
    telemetry,
  };
}

/** The folders, as paths. */
function readDomain(domain: ProcessSystemOptions["domain"] = []): string | readonly string[] {
  const isFolder = (folder: unknown) => typeof folder === "string" || (folder instanceof URL && folder.protocol === "file:");
  expectOption(
    isFolder(domain) || (Array.isArray(domain) && domain.every(isFolder)),
    "domain",
    domain,
    "a folder, or a list of folders: each a path or a file: URL",
  );
  const toPath = (folder: string | URL) => (typeof folder === "string" ? folder : fileURLToPath(folder));
  // The cast holds, because Array.isArray does not tell a readonly list from others.
  return Array.isArray(domain) ? (domain as readonly (string | URL)[]).map(toPath) : toPath(domain as string | URL);
}

function checkTelemetry(telemetry: unknown): void {
  expectOption(
    telemetry === undefined || hasMethods(telemetry, ["beginAcceptance", "beginAttempt", "within", "countLetters", "observe"]),
    "telemetry",
    telemetry,
    "what createTelemetry of perdure/opentelemetry returns",
  );
}

function checkMadeInCode({ definitions = [], policies = [], schedules = [], events = {} }: ProcessSystemOptions): void {
  const areByType = typeof events === "object" && events !== null && !Array.isArray(events);
  expectOption(areByType, "events", events, "an object of { payload } by event type");
  expectOption(Array.isArray(definitions), "definitions", definitions, "a list of what defineProcess returns");
  expectOption(Array.isArray(policies), "policies", policies, "a list of what definePolicy returns");
  expectOption(Array.isArray(schedules), "schedules", schedules, "a list of what defineSchedule returns");
}

function checkCommands({ commands, dispatchCommand }: ProcessSystemOptions): void {
  if (dispatchCommand !== undefined && typeof dispatchCommand !== "function") {
    throw new ProcessError("CONFIG_INVALID", "dispatchCommand is not a function", { hint: "Pass (args) => …, or leave it out." });
  }
  if (commands !== undefined && dispatchCommand !== undefined) {
    throw new ProcessError("CONFIG_INVALID", "commands and dispatchCommand are both given", {
      hint: "dispatchCommand executes every command: leave one of them out.",
    });
  }
  expectOption(
    commands === undefined || (typeof commands === "object" && commands !== null && !Array.isArray(commands)),
    "commands",
    commands,
    "an object of functions, or of { handler, … }, by command name",
  );
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return typeof value === "object" && value !== null && names.every((name) => typeof Reflect.get(value, name) === "function");
}
