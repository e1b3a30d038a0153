// Runs in this version's tests, and in a clone of an older one: see make.ts. So it uses only what both have.
import { type CommandHandlerArgs, defineProcess, type HandlerArgs } from "perdure";
import { createTestSystem, type TestSystem } from "perdure/testing";

/** When the older version begins. */
export const BEGINNING = "2026-01-01T00:00:00.000Z";

/** When the older version stops, and this one takes the file over. */
export const TAKEN_OVER = "2026-01-01T01:00:02.500Z";

/** A system on a file, and what ran in it: `2026-01-01T00:00:00.000Z PaymentReceived o-open`. */
export interface Telling {
  readonly test: TestSystem;
  readonly ran: string[];
  /** What fails now, such as `PaymentReceived o-parked`. */
  readonly broken: Set<string>;
}

export async function openTelling(path: string, now: string): Promise<Telling> {
  const ran: string[] = [];
  const broken = new Set<string>();
  // What waits in the file begins to run before the test system, and its clock, are handed out.
  let clock = { now: () => Date.parse(now) };
  const run = (name: string) => {
    ran.push(`${new Date(clock.now()).toISOString()} ${name}`);
    if (broken.has(name)) throw new Error(`${name} is broken`);
  };
  const record = ({ event }: HandlerArgs) => run(`${event.type} ${event.aggregateId}`);
  const execute = ({ command }: CommandHandlerArgs) => run(`${command.type} ${command.aggregateId} ${command.commandId}`);
  const order = defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: ["OrderFulfilled"],
    timeout: "48h",
    on: {
      OrderPlaced: async (args: HandlerArgs) => {
        record(args);
        const { aggregateId } = args.event;
        await args.commands["sendWelcomeEmail"]!({ aggregateId });
        await args.commands["sendReminder"]!({ aggregateId, delay: "24h" });
      },
      PaymentReceived: record,
      OrderFulfilled: async (args: HandlerArgs) => {
        record(args);
        await args.commands["sendReceipt"]!({ aggregateId: args.event.aggregateId });
      },
    },
    onTimedOut: async (args: HandlerArgs) => {
      record(args);
      await args.commands["cancelOrder"]!({ aggregateId: args.event.aggregateId });
    },
    onFailed: record,
  });
  const commands = Object.fromEntries(["sendWelcomeEmail", "sendReminder", "sendReceipt", "cancelOrder"].map((name) => [name, execute]));
  const test = await createTestSystem({
    definitions: [order],
    commands,
    store: { path },
    now,
    processes: { retry: { retryStrategy: "fixed", initialDelay: "1s", maxRetries: 2 } },
  });
  ({ clock } = test);
  return { test, ran, broken };
}

/** Everything that an older file can hold: what is open, over, parked, delayed or given up. */
export async function tellBeginning({ test, broken }: Telling): Promise<void> {
  const place = (aggregateId: string) => test.dispatch({ type: "OrderPlaced", aggregateId, eventId: `${aggregateId}-placed` });
  const pay = (aggregateId: string) => test.dispatch({ type: "PaymentReceived", aggregateId, eventId: `${aggregateId}-paid` });
  const fulfil = (aggregateId: string) => test.dispatch({ type: "OrderFulfilled", aggregateId, eventId: `${aggregateId}-fulfilled` });

  // Its start lies so far back that it times out before the older version stops, which executes the reminder as well.
  await test.dispatch({
    type: "OrderPlaced",
    aggregateId: "o-late",
    eventId: "o-late-placed",
    occurredAt: new Date("2025-12-30T00:30:00Z"),
  });
  for (const aggregateId of ["o-open", "o-done", "o-parked", "o-dropped", "o-again", "o-waiting"]) await place(aggregateId);
  await fulfil("o-done");

  for (const aggregateId of ["o-parked", "o-dropped", "o-again"]) {
    broken.add(`PaymentReceived ${aggregateId}`);
    await pay(aggregateId);
    await test.advance("3s");
    await fulfil(aggregateId);
  }
  const [letter] = [...test.deadLetters({ aggregateId: "o-dropped" })];
  await test.system.deadLetters.discard(letter!.id, { reason: "not paid twice" });
  await test.settle();

  // A command with a letter, one that waits for its second retry, and a step that does, with an event behind it.
  await test.advanceTo("2026-01-01T00:59:59.500Z");
  test.fail("sendWelcomeEmail", 3);
  await place("o-unmailed");
  await test.advance("2s");
  test.fail("sendWelcomeEmail", 2);
  await place("o-mailed-late");
  broken.add("PaymentReceived o-waiting");
  await pay("o-waiting");
  await fulfil("o-waiting");
  await test.advanceTo(TAKEN_OVER);
  // One more that waits for a retry: this time after an operator's.
  await test.retryDeadLetters({ aggregateId: "o-again" });
}

/** What is still to come, after all that was broken has been mended: retries, timers, and an operator's word for each letter. */
export async function tellRest({ test }: Telling): Promise<void> {
  await test.settle();
  await test.advance("5s");
  await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-accepted", eventId: "o-accepted-fulfilled" });
  await test.dispatch({ type: "OrderPlaced", aggregateId: "o-open", eventId: "o-open-placed" });
  await test.retryDeadLetters();
  await test.advance("3d");
}
