import { createProcessSystem, defineProcess, type ProcessSystem, type StandardSchema } from "perdure";
import { nothing, remember, type Remembered } from "./remembered.ts";
import { openPages } from "./open-pages.ts";
import type { LifecycleType } from "./orders.ts";
import type { Program, ProgramOptions, Tally } from "./program.ts";

const lifecycle = {
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
} as const;

export const orderLifecycle = defineProcess({
  ...lifecycle,
  on: {
    OrderPlaced: async ({ event, commands }) => {
      await commands.sendWelcomeEmail!({ aggregateId: event.aggregateId });
      await commands.remind!({ aggregateId: event.aggregateId, delay: "1m" });
    },
    PaymentReceived: async ({ event, commands }) => {
      await commands.shipOrder!({ aggregateId: event.aggregateId });
    },
    OrderFulfilled: async () => {},
  },
  onTimedOut: async () => {},
});

const schema: StandardSchema<unknown, Remembered> = {
  "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value: { ...nothing, ...(value as Partial<Remembered>) } }) },
};

/** The same with a context. */
const rememberingLifecycle = defineProcess({
  ...lifecycle,
  context: schema,
  on: {
    OrderPlaced: async ({ event, commands }) => {
      await commands.sendWelcomeEmail!({ aggregateId: event.aggregateId });
      await commands.remind!({ aggregateId: event.aggregateId, delay: "1m" });
      return remember("OrderPlaced", event.aggregateId);
    },
    PaymentReceived: async ({ event, commands }) => {
      await commands.shipOrder!({ aggregateId: event.aggregateId });
      return remember("PaymentReceived", event.aggregateId);
    },
    OrderFulfilled: async ({ event }) => remember("OrderFulfilled", event.aggregateId),
  },
  onTimedOut: async () => {},
});

/** The order lifecycle on Perdure with its defaults. */
export async function createPerdure(options: ProgramOptions): Promise<Program> {
  const { pages = 0, onStored } = options;
  const { system, tally } = await openLifecycles(options);
  if (onStored !== undefined) {
    system.processes.subscribe(({ kind, aggregateId, event }) => {
      // The cast holds, because the process knows no others.
      if (kind === "handled" || kind === "completed") onStored({ aggregateId, type: event!.type as LifecycleType });
    });
  }
  const closePages = pages === 0 ? undefined : openPages(system, pages);
  return {
    dispatch: (event) => system.dispatch(event),
    dispatchList: (events) => system.dispatch(events),
    whenIdle: () => system.whenIdle(),
    tally,
    stop: async () => {
      await closePages?.();
      await system.stop();
    },
  };
}

/** A system of the order lifecycle that has been started. */
export async function openLifecycles({
  path,
  remembers = false,
  telemetry,
  role = "worker",
  relay = true,
}: Pick<ProgramOptions, "path" | "remembers" | "telemetry"> & {
  readonly role?: "worker" | "client";
  readonly relay?: boolean;
}): Promise<{ readonly system: ProcessSystem; readonly tally: () => Promise<Tally> }> {
  let executed = 0;
  const execute = async () => {
    executed += 1;
  };
  const system = await createProcessSystem({
    definitions: [remembers ? rememberingLifecycle : orderLifecycle],
    commands: { sendWelcomeEmail: execute, remind: execute, shipOrder: execute },
    store: { path },
    role,
    processes: { relay },
    ...(telemetry !== undefined && { telemetry }),
  });
  await system.start();
  return {
    system,
    tally: async () => {
      const { completed = 0, timed_out: timedOut = 0 } = system.overview.getSnapshot().context.counts[orderLifecycle.process] ?? {};
      return { completed, timedOut, waitingCommands: (await system.lag()).pendingCommands, executed };
    },
  };
}
