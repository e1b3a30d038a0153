import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { Database } from "better-sqlite3";
import type { ProcessDefinition } from "./definition/definition.ts";
import type { CommandHandler, CommandHandlerArgs } from "./definition/handler.ts";
import { ProcessError } from "./errors.ts";
import type { Inspect } from "./machine/inspected-actor.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import { completeLogger, consoleLogger, type Logger } from "./platform/logger.ts";
import { expectOption, type ProcessesOptions, readSettings, type RetentionOptions, refuseUnknownKeys, type Settings } from "./runtime/settings.ts";
import { openDatabase } from "./store/sqlite/open-database.ts";
import { openSqliteStore, useSqliteDatabase } from "./store/sqlite/sqlite-store.ts";
import type { Store } from "./store/store.ts";

export interface ProcessSystemOptions {
  /** The domain folder, or several. Relative paths start at the working directory. */
  readonly domain?: string | readonly string[];
  /** Definitions made with `defineProcess`, beside those of the folders. */
  readonly definitions?: readonly ProcessDefinition[];
  /** Command handlers by name, beside those of the folders. One of the same name takes the file's place; its schema stays. */
  readonly commands?: Readonly<Record<string, (args: CommandHandlerArgs<never>) => unknown>>;
  /** Executes every command, whatever its name. Not together with `commands`. */
  readonly dispatchCommand?: (args: CommandHandlerArgs) => unknown;
  /** Where everything is kept: a file (default `./perdure.db`), `":memory:"`, or an open better-sqlite3 `Database`. */
  readonly store?: StoreOptions | SqliteDatabase;
  readonly processes?: ProcessesOptions;
  readonly retention?: RetentionOptions;
  /**
   * `worker` (default): does the work, or stands by while another process on the same store does. `client`: dispatches, looks
   * and settles dead letters, and leaves the work to the worker.
   */
  readonly role?: "worker" | "client";
  /** Default: the machine's own. */
  readonly clock?: Clock;
  /** Methods that it lacks are silent. Default: warnings and errors to the standard error stream. */
  readonly logger?: Partial<Logger>;
  /**
   * What XState's `createActor` takes as `inspect`, a function or an observer. It is told of each step that this OS process commits,
   * after the commit, in XState's events `@xstate.actor`, `@xstate.event` and `@xstate.snapshot`, so that Stately's inspectors
   * plug in: `inspect: createWebSocketInspector().inspect`. An actor's `sessionId` is `<process>/<processId>`. What it throws is
   * logged. Without it nothing is prepared.
   */
  readonly inspect?: Inspect;
}

export interface StoreOptions {
  readonly type?: "sqlite";
  readonly path?: string | SqliteDatabase;
  /**
   * `full` (default): an accepted event survives a power cut. `normal`: it survives a crash of the OS process; a power cut may
   * take the last moments.
   */
  readonly synchronous?: "full" | "normal";
}

/** A better-sqlite3 connection, by its shape: its own types need not be installed. It is not closed by Perdure. */
export interface SqliteDatabase {
  readonly open: boolean;
  readonly name: string;
  prepare(source: string): unknown;
  pragma(source: string): unknown;
}

/** The options, checked and with the defaults filled in. */
export interface SystemOptions {
  readonly domain: string | readonly string[];
  readonly definitions: readonly ProcessDefinition[];
  readonly commands: Readonly<Record<string, CommandHandler>> | undefined;
  readonly dispatchCommand: CommandHandler | undefined;
  readonly openStore: () => Store;
  readonly settings: Settings;
  readonly role: "worker" | "client";
  readonly clock: Clock;
  readonly logger: Logger;
  readonly inspect: Inspect | undefined;
}

/** @throws ProcessError `CONFIG_INVALID` */
export function readOptions(options: ProcessSystemOptions): SystemOptions {
  refuseUnknownKeys(options, "createProcessSystem", [
    "domain",
    "definitions",
    "commands",
    "dispatchCommand",
    "store",
    "processes",
    "retention",
    "role",
    "clock",
    "logger",
    "inspect",
  ]);
  const { domain = [], definitions = [], commands, dispatchCommand, clock = systemClock, logger = consoleLogger } = options;
  if (dispatchCommand !== undefined && typeof dispatchCommand !== "function") {
    throw new ProcessError("CONFIG_INVALID", "dispatchCommand is no function", { hint: "Pass (args) => …, or leave it out." });
  }
  if (commands !== undefined && dispatchCommand !== undefined) {
    throw new ProcessError("CONFIG_INVALID", "commands and dispatchCommand are both given", {
      hint: "dispatchCommand executes every command: leave one of them out.",
    });
  }
  const { role = "worker" } = options;
  if (role !== "worker" && role !== "client") {
    throw new ProcessError("CONFIG_INVALID", `role is ${JSON.stringify(role)}`, { hint: 'It must be "worker" or "client".' });
  }
  const settings = readSettings(options.processes, options.retention);
  refuseSharedFile(options.store, settings.dlqPath);
  expectOption(typeof domain === "string" || (Array.isArray(domain) && domain.every((folder) => typeof folder === "string")), "domain", domain, "a folder, or a list of folders");
  expectOption(Array.isArray(definitions), "definitions", definitions, "a list of what defineProcess returns");
  expectOption(commands === undefined || (typeof commands === "object" && commands !== null && !Array.isArray(commands)), "commands", commands, "an object of functions by command name");
  expectOption(hasMethods(clock, ["now", "setTimeout", "clearTimeout"]), "clock", clock, "an object with now, setTimeout and clearTimeout");
  expectOption(["debug", "info", "warn", "error"].some((method) => hasMethods(logger, [method])), "logger", logger, "an object with debug, info, warn and error");
  const { inspect } = options;
  expectOption(inspect === undefined || typeof inspect === "function" || hasMethods(inspect, ["next"]), "inspect", inspect, "a function, or an observer with a method next");
  return {
    domain,
    definitions,
    commands,
    dispatchCommand,
    openStore: readStore(options.store ?? {}),
    settings,
    role,
    clock,
    logger: completeLogger(logger),
    inspect,
  };
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  return typeof value === "object" && value !== null && names.every((name) => typeof Reflect.get(value, name) === "function");
}

function readStore(store: StoreOptions | SqliteDatabase): () => Store {
  if (isDatabase(store)) return () => useSqliteDatabase(toDatabase(store), "full");
  refuseUnknownKeys(store, "store", ["type", "path", "synchronous"]);
  const { type = "sqlite", path = "./perdure.db", synchronous = "full" } = store;
  if (type !== "sqlite") {
    throw new ProcessError("CONFIG_INVALID", `store.type is ${JSON.stringify(type)}`, { hint: 'It must be "sqlite".' });
  }
  if (synchronous !== "full" && synchronous !== "normal") {
    throw new ProcessError("CONFIG_INVALID", `store.synchronous is ${JSON.stringify(synchronous)}`, { hint: 'It must be "full" or "normal".' });
  }
  if (isDatabase(path)) return () => useSqliteDatabase(toDatabase(path), synchronous);
  if (typeof path !== "string" || path === "") {
    throw new ProcessError("CONFIG_INVALID", `store.path is ${JSON.stringify(path)}`, { hint: 'Name a file, or ":memory:".' });
  }
  if (path !== ":memory:") return () => openSqliteStore({ path, synchronous });
  // It lives as long as the system, which may be stopped and started again.
  let memory: Database | undefined;
  return () => useSqliteDatabase((memory ??= openDatabase({ path, synchronous })), synchronous);
}

function refuseSharedFile(store: ProcessSystemOptions["store"], dlqPath: string | undefined): void {
  const given = store === undefined || isDatabase(store) ? store : (store.path ?? "./perdure.db");
  const path = isDatabase(given) ? given.name : (given ?? "./perdure.db");
  if (dlqPath === undefined || path === ":memory:" || followLinks(path) !== followLinks(dlqPath)) return;
  throw new ProcessError("CONFIG_INVALID", "processes.dlq.path and store.path are the same file", {
    hint: "Give the dead letters a file of their own, or leave processes.dlq out.",
  });
}

// A file that is not there yet is no link.
function followLinks(path: string): string {
  return existsSync(path) ? realpathSync(path) : resolve(path);
}

function isDatabase(value: unknown): value is SqliteDatabase {
  return typeof value === "object" && value !== null && "prepare" in value && typeof value.prepare === "function";
}

// The published types do not depend on better-sqlite3's; what has its shape is one of its connections.
function toDatabase(database: SqliteDatabase): Database {
  return database as unknown as Database;
}
