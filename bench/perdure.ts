import { createProcessSystem, defineProcess } from "perdure";
import type { Program, ProgramOptions } from "./program.ts";

export const orderLifecycle = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderFulfilled"],
  timeout: "7d",
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

/** The order lifecycle on Perdure with its defaults. */
export async function createPerdure({ path, onStored }: ProgramOptions): Promise<Program> {
  let executed = 0;
  const execute = async () => {
    executed += 1;
  };
  const system = await createProcessSystem({
    definitions: [orderLifecycle],
    commands: { sendWelcomeEmail: execute, remind: execute, shipOrder: execute },
    store: { path },
  });
  if (onStored !== undefined) {
    system.processes.subscribe(({ kind, event }) => {
      if (kind === "handled" || kind === "completed") onStored(event!.eventId);
    });
  }
  await system.start();
  return {
    dispatch: (event) => system.dispatch(event),
    dispatchList: (events) => system.dispatch(events),
    whenIdle: () => system.whenIdle(),
    tally: async () => {
      const { completed = 0, timed_out: timedOut = 0 } = system.overview.getSnapshot().context.counts[orderLifecycle.process] ?? {};
      return { completed, timedOut, waitingCommands: (await system.lag()).pendingCommands, executed };
    },
    stop: () => system.stop(),
  };
}
