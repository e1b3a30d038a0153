import { AssertionError } from "node:assert";
import type { Domain } from "../../definition/model/definition.ts";
import type { LoadedProcess } from "../../definition/process-source.ts";
import { assembleTestSystem, type TestSystem, type TestSystemOptions } from "./test-system.ts";

/** The aggregate of a test of one process. */
export const DEFAULT_AGGREGATE = "aggregate-1";

export type OpenProcessOptions = Pick<TestSystemOptions, "now" | "processes" | "retention" | "patienceMs" | "importModule">;

/**
 * A test system in which one process is alone. Its commands are stored and not executed, and handlers get no retries unless the options
 * give them some. A command that the domain does not have fails its handler, as in production. A domain without commands takes every
 * command.
 */
export function openProcess({ domain }: LoadedProcess, options: OpenProcessOptions): Promise<TestSystem> {
  return assembleTestSystem(
    {
      patienceMs: PATIENCE_MS,
      processes: { retry: { retryStrategy: "none" } },
      ...options,
      ...(domain.commands.size === 0 && { dispatchCommand: () => {} }),
    },
    { domain: silenceCommands(domain) },
  );
}

function silenceCommands(domain: Domain): Domain {
  return { ...domain, commands: new Map([...domain.commands].map(([name, command]) => [name, { ...command, run: () => {} }])) };
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
