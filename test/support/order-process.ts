import type { Command, HandlerArgs, ProcessDefinition } from "perdure";
import { createTestSystem, type TestSystem, type TestSystemOptions } from "perdure/testing";
import { onTestFinished } from "vitest";
import { defineLifecycle } from "./define-lifecycle.ts";
import { silentLogger } from "./silent-logger.ts";

/** What ran, in the order in which it began: handlers as `OrderPlaced o-1`, commands as `sendWelcomeEmail o-1`. */
export interface Recording {
  readonly ran: string[];
  readonly handled: HandlerArgs[];
  readonly executed: Command[];
}

export type OnHandled = (args: HandlerArgs) => unknown;

export interface OrderOptions {
  readonly name?: string;
  readonly startedBy?: readonly string[];
  readonly completedBy?: readonly string[];
  readonly timeout?: string | number | undefined;
  /** What the handlers do beside being recorded, by event type; `TimedOut` and `Failed` are the special ones. */
  readonly does?: Readonly<Record<string, OnHandled>>;
  /** The events with a handler. */
  readonly handles?: readonly string[];
  readonly special?: readonly ("TimedOut" | "Failed")[];
}

export function createRecording(): Recording {
  return { ran: [], handled: [], executed: [] };
}

/** `order/order-lifecycle`: from OrderPlaced to OrderFulfilled within 48 hours, every handler recorded. */
export function defineOrder(recording: Recording, options: OrderOptions = {}): ProcessDefinition {
  const {
    name = "order-lifecycle",
    startedBy = ["OrderPlaced"],
    completedBy = ["OrderFulfilled"],
    does = {},
    handles = ["OrderPlaced", "PaymentReceived", "OrderFulfilled"],
    special = ["TimedOut", "Failed"],
  } = options;
  const timeout = "timeout" in options ? options.timeout : "48h";
  const record = (key: string) => async (args: HandlerArgs) => {
    recording.ran.push(`${args.event.type} ${args.event.aggregateId}`);
    recording.handled.push(args);
    await does[key]?.(args);
  };
  return defineLifecycle(Object.fromEntries(handles.map((type) => [type, record(type)])), {
    name,
    startedBy,
    completedBy,
    // `undefined`: none.
    timeout: timeout as "48h",
    ...(special.includes("TimedOut") && { onTimedOut: record("TimedOut") }),
    ...(special.includes("Failed") && { onFailed: record("Failed") }),
  });
}

/** Command handlers that only record. */
export function recordCommands(recording: Recording, ...names: readonly string[]) {
  const record = ({ command }: { readonly command: Command<never> }) => {
    recording.ran.push(`${command.type} ${command.aggregateId}`);
    recording.executed.push(command);
  };
  return Object.fromEntries(names.map((name) => [name, record]));
}

/** A test system that is stopped when the test is over. What its handlers fail with is not printed, unless a logger is given. */
export async function openTestSystem(options: TestSystemOptions): Promise<TestSystem> {
  const system = await createTestSystem({ logger: silentLogger, ...options });
  onTestFinished(() => system[Symbol.asyncDispose]());
  return system;
}

/** A test system with one process, `defineOrder`. */
export async function openOrderSystem(
  options: OrderOptions & { readonly commands?: readonly string[]; readonly system?: TestSystemOptions } = {},
): Promise<{ readonly test: TestSystem; readonly recording: Recording }> {
  const recording = createRecording();
  const commands = options.commands === undefined ? {} : { commands: recordCommands(recording, ...options.commands) };
  const test = await openTestSystem({ definitions: [defineOrder(recording, options)], ...commands, ...options.system });
  return { test, recording };
}

export const orderLifecycle = "order/order-lifecycle";

/** How many times each line is there. */
export function countEach(lines: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}
