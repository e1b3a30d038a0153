import { isRestateHere } from "../../test/support/restate-server.ts";
import { defineCase, repeat } from "../bench-case.ts";
import { expectEqual } from "../check.ts";
import { takeTurns } from "../feed.ts";
import { createOrderEvent, lifecycle } from "../orders.ts";
import { orderLifecycle } from "../perdure.ts";
import { openRestateProgram, type RestateProgram } from "../restate-program.ts";
import { compare, report } from "../row.ts";
import { waiting } from "../waiting.ts";

type Input =
  /** W1 by 100 callers. */
  | { readonly kind: "lifecycle"; readonly orders: number }
  /** Events of one instance, of which the first and the last hundred are measured. */
  | { readonly kind: "history"; readonly events: number };

interface Figures {
  readonly eventsPerSecond: number;
  readonly serviceMsPerEvent: number;
  readonly serverMsPerEvent: number;
  /** CPU of services and server for the first and for the last hundred events of an instance. */
  readonly firstMsPerEvent: number;
  readonly lastMsPerEvent: number;
}

const CALLERS = 100;
const SAMPLE = 100;
const nothing: Figures = { eventsPerSecond: 0, serviceMsPerEvent: 0, serverMsPerEvent: 0, firstMsPerEvent: 0, lastMsPerEvent: 0 };

/** The same work on a server of Restate. */
export const restateCase = defineCase<Input, Figures>({
  name: "restate",
  measure: (input) => (input.kind === "lifecycle" ? measureLifecycle(input.orders) : measureHistory(input.events)),
  run: async ({ isQuick, measure }) => {
    if (!isRestateHere()) return [];
    const orders = isQuick ? 200 : 1_000;
    const events = isQuick ? 1_000 : 5_000;
    const measured = await repeat(isQuick ? 1 : 3, () => measure({ kind: "lifecycle", orders }));
    const { firstMsPerEvent, lastMsPerEvent } = await measure({ kind: "history", events });
    const label = `W1 on Restate, 100 callers, ${orders.toLocaleString("en")} orders`;
    return [
      report(`${label}, events/s`, measured, ({ eventsPerSecond }) => eventsPerSecond),
      report(
        `${label}, CPU ms/event of services and server`,
        measured,
        ({ serviceMsPerEvent, serverMsPerEvent }) => serviceMsPerEvent + serverMsPerEvent,
        { of: "ours", better: "lower", must: 7 },
      ),
      report(`${label}, CPU ms/event of services`, measured, ({ serviceMsPerEvent }) => serviceMsPerEvent),
      report(`${label}, CPU ms/event of the server`, measured, ({ serverMsPerEvent }) => serverMsPerEvent),
      compare(
        `On Restate, CPU ms/event of the last 100 of ${events.toLocaleString("en")} events of an instance, against the first 100`,
        [{ ours: lastMsPerEvent, against: firstMsPerEvent }],
        (ms) => ms,
        { of: "ratio", better: "lower", must: 1.2 },
      ),
    ];
  },
});

async function measureLifecycle(orders: number): Promise<Figures> {
  await using program = await openRestateProgram("lifecycle", orderLifecycle);
  const { system } = program;
  const place = (first: number, count: number) =>
    takeTurns(count, CALLERS, async (turn) => {
      for (const type of lifecycle) await dispatch(program, type, first + turn);
    });
  // Both sides compile what they run.
  await place(0, CALLERS);
  await settle(program, CALLERS * 2);
  const before = await program.usage();
  const startedAt = performance.now();
  await place(CALLERS, orders);
  await settle(program, (CALLERS + orders) * 2);
  const wallMs = performance.now() - startedAt;
  const after = await program.usage();
  const completed = await system.processes.find({ process: orderLifecycle.process, status: "completed", limit: CALLERS + orders + 1 });
  expectEqual("completed instances", completed.length, CALLERS + orders);
  const events = orders * lifecycle.length;
  return {
    ...nothing,
    eventsPerSecond: (events / wallMs) * 1_000,
    serviceMsPerEvent: (after.serviceMs - before.serviceMs) / events,
    serverMsPerEvent: (after.serverMs - before.serverMs) / events,
  };
}

async function measureHistory(events: number): Promise<Figures> {
  await using program = await openRestateProgram("waiting", waiting);
  const { system } = program;
  const give = async (order: number, count: number) => {
    const before = await program.usage();
    for (let event = 0; event < count; event += 1) await dispatch(program, "PaymentReceived", order);
    await system.whenIdle();
    const after = await program.usage();
    return (after.serviceMs + after.serverMs - before.serviceMs - before.serverMs) / count;
  };
  for (const order of [0, 1]) await dispatch(program, "OrderPlaced", order);
  await give(0, SAMPLE * 3);
  const firstMsPerEvent = await give(1, SAMPLE);
  await give(1, events - SAMPLE * 2);
  const lastMsPerEvent = await give(1, SAMPLE);
  const [instance] = await system.processes.find({ process: waiting.process, aggregateId: createOrderEvent(1, "OrderPlaced").aggregateId });
  const history = await system.processes.history(instance!.processId);
  expectEqual("events in the history", history.filter(({ kind }) => kind === "handled").length, events + 1);
  return { ...nothing, firstMsPerEvent, lastMsPerEvent };
}

async function dispatch({ system }: RestateProgram, ...[type, order]: [(typeof lifecycle)[number], number]): Promise<void> {
  const { occurredAt: _occurredAt, ...event } = createOrderEvent(order, type);
  await system.dispatch(event);
}

/** Waits until so many commands have run, which asks the server for nothing, and then for the rest. */
async function settle(program: RestateProgram, commands: number): Promise<void> {
  while ((await program.usage()).executed < commands) await new Promise((resolve) => setTimeout(resolve, 50));
  await program.system.whenIdle();
}
