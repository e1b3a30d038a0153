import { AssertionError } from "node:assert";
import type { CommandDeclaration, Domain } from "../../definition/model/definition.ts";
import type { CommandHandlerArgs } from "../../definition/model/handler.ts";
import type { LoadedProcess } from "../../definition/process-source.ts";
import { RetryLaterError } from "../../definition/model/retry-later-error.ts";
import { expectOption } from "../../platform/options.ts";
import type { ProcessSystemOptions } from "../../system/system-options.ts";
import { assembleTestSystem, type TestSystem, type TestSystemOptions, type TestSystemPorts } from "./test-system.ts";

/** The aggregate of a test of one process, or of one policy. */
export const DEFAULT_AGGREGATE = "aggregate-1";

/** What the test system of a part of a domain takes. */
export interface OpenPartOptions extends Pick<TestSystemOptions, "now" | "processes" | "retention" | "patienceMs" | "importModule"> {
  /** Events that the program gives in code, as the option `events` of `createProcessSystem`: their schemas check the events of the test. */
  readonly events?: ProcessSystemOptions["events"];
  /**
   * Commands that the program gives in code, as the option `commands` of `createProcessSystem`: their schemas check what is dispatched.
   * None is executed.
   */
  readonly commands?: ProcessSystemOptions["commands"];
}

/** The names of these options. */
export const partOptions = [
  "now",
  "processes",
  "retention",
  "patienceMs",
  "importModule",
  "events",
  "commands",
] as const satisfies readonly (keyof OpenPartOptions)[];

export interface OpenProcessOptions extends OpenPartOptions {
  /**
   * What commands return that the chart of the process invokes, by their names, such as `{ reserveStock: { parcels: 2 } }`. An `Error` is thrown.
   * A command that is invoked and not named never ends.
   */
  readonly results?: Readonly<Record<string, unknown>>;
}

/**
 * A test system in which one process is alone. Its commands are stored and not executed, and handlers get no retries unless the options
 * give them some. A command that the domain does not have fails its handler, as in production. A domain without commands takes every
 * command.
 */
export function openProcess({ domain, definition }: LoadedProcess, { results = {}, ...options }: OpenProcessOptions): Promise<TestSystem> {
  const invoked = definition.chart?.invoked ?? [];
  const unknown = Object.keys(results).find((name) => !invoked.includes(name));
  expectOption(
    unknown === undefined,
    "results",
    unknown,
    `of commands that ${definition.process} invokes: ${invoked.join(", ") || "there are none"}`,
  );
  const answers = new Map(invoked.map((name) => [name, { ...answer(name, results), ...pick(domain.commands.get(name)) }] as const));
  return openPart(domain, answers, { processes: { retry: { retryStrategy: "none" } }, ...options });
}

/**
 * A test system of a part of a domain, whose commands are stored and not executed, but for those of `answers`. A domain without commands takes
 * every command.
 */
export function openPart(
  domain: Domain,
  answers: Domain["commands"],
  { events: _events, commands: _commands, ...options }: OpenPartOptions,
  ports: Pick<TestSystemPorts, "around"> = {},
): Promise<TestSystem> {
  const silent = [...domain.commands].map(([name, command]) => [name, { ...command, run: () => {} }] as const);
  const commands = new Map([...silent, ...answers]);
  return assembleTestSystem(
    {
      patienceMs: PATIENCE_MS,
      ...options,
      ...(domain.commands.size === 0 && {
        dispatchCommand: (args: CommandHandlerArgs) => commands.get(args.command.type)?.run(args as never) as undefined,
      }),
    },
    { ...ports, domain: { ...domain, commands } },
  );
}

/** What the domain says of a command beside what it does. */
function pick(command: CommandDeclaration | undefined): Partial<CommandDeclaration> {
  return command === undefined ? {} : { schema: command.schema, source: command.source, parallel: command.parallel };
}

/** The moment of an attempt that never comes, though nothing is at work until then. */
export const NEVER = new Date("9999-01-01T00:00:00Z");

/** An invoked command that ends as the test says, or never. */
function answer(name: string, results: Readonly<Record<string, unknown>>): CommandDeclaration {
  const isHeld = !Object.hasOwn(results, name);
  const run = () => {
    if (isHeld) throw new RetryLaterError({ after: NEVER, message: `${name} never ends, because the test gives no result` });
    const result = results[name];
    if (result instanceof Error) throw result;
    // The types know commands that return events, but what one returns that a chart has invoked is whatever the chart takes.
    return result as undefined;
  };
  const retry = isHeld ? ({ retryStrategy: "fixed", maxRetries: Number.POSITIVE_INFINITY } as const) : ({ retryStrategy: "none" } as const);
  return {
    name,
    schema: undefined,
    run,
    source: name,
    settings: { retry, timeoutMs: undefined },
    limits: undefined,
    transaction: false,
    parallel: false,
  };
}

// A handler that runs for longer fails the test, so the limit leaves time for a slow one.
const PATIENCE_MS = 5_000;

/** @throws AssertionError while a handler still runs, because nobody can tell what it will yet do */
export async function expectIdle({ system }: TestSystem, what: string): Promise<void> {
  const { running } = await system.lag();
  if (running === 0) return;
  throw new AssertionError({
    message: `a handler is still at work after ${what}: it hangs, or takes longer than the option patienceMs`,
    stackStartFn: expectIdle,
  });
}
