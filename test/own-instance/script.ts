import { type CommandHandlerArgs, type CommandOption, defineProcess, type HandlerArgs, type ProcessOptions } from "perdure";
import { createTestSystem, type TestSystem, type TestSystemOptions } from "perdure/testing";
import { onTestFinished } from "vitest";
import { createGate } from "../support/gate.ts";

export const START = Date.parse("2026-01-01T00:00:00Z");

/** What the handlers of a test do, each the next time that it is called. */
export type Act = (args: HandlerArgs) => unknown;

/**
 * A process `order/life` whose events are `OrderPlaced`, which begins it, `OrderChanged`, and `OrderShipped`, which completes it. What their handlers
 * do comes with the test: `act(event, what)` dispatches the event and lets its handler do that. All commands are noted when they run.
 */
export async function openScript({
  config = {},
  commands = {},
  options = {},
}: {
  readonly config?: Partial<ProcessOptions>;
  readonly commands?: Readonly<Record<string, CommandOption>>;
  readonly options?: TestSystemOptions;
} = {}) {
  const ran: string[] = [];
  let now: Act = () => {};
  const perform = (args: HandlerArgs) => now(args);
  // While a system goes on from a store, its work may begin before the test has it.
  const opened = createGate();
  const note = async ({ command }: CommandHandlerArgs) => {
    await opened.opened;
    const { name = "" } = command.payload as { readonly name?: string };
    const after = (test.clock.now() - START) / 60_000;
    ran.push(`${[command.type, name].filter(Boolean).join(" ")} ${after}m`);
  };
  const definition = defineProcess({
    aggregate: "order",
    name: "life",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderShipped"],
    timeout: "1h",
    on: { OrderPlaced: perform, OrderChanged: perform, OrderShipped: perform },
    onTimedOut: () => void ran.push(`timed out ${(test.clock.now() - START) / 60_000}m`),
    ...config,
  });
  const test: TestSystem = await createTestSystem({
    definitions: [definition],
    commands: { remind: { handler: note }, work: { handler: note }, ...commands },
    now: START,
    ...options,
  });
  opened.open();
  onTestFinished(() => test[Symbol.asyncDispose]());
  const act = async (type: string, what: Act = () => {}, more: { readonly occurredAt?: Date } = {}) => {
    now = what;
    return test.dispatch({ type, aggregateId: "o-1", ...more });
  };
  const history = async () => {
    const instance = test.instance("o-1")!;
    return (await test.system.processes.history(instance.processId)).filter(({ kind }) => kind !== "started");
  };
  return { test, ran, note, act, history, definition };
}

/** Minutes after the start. */
export const at = (minutes: number) => new Date(START + minutes * 60_000);
