// A system in an OS process of its own, on the built package. It is told what to do by the first message and says
// `{ at: … }` when it is where the test wants it. Effects are lines in a ledger file.
import { appendFileSync } from "node:fs";
import { createProcessSystem, defineProcess } from "perdure";
import { block, leave, never, say, takeOrders } from "../support/worker-side.mjs";

takeOrders(({ path, ledger, scenario }) => {
  const { dispatch = [], hangIn, hangAfter, start = true, whenIdle = false } = scenario;
  const write = (line) => appendFileSync(ledger, `${line}\n`);

  // Says where it is and stays there until it is killed.
  const pass = async (place) => {
    if (place !== hangIn) return;
    say({ at: place });
    await never;
  };

  const handle =
    (type) =>
    async ({ event, commands, attempt }) => {
      write(`${type} ${event.aggregateId} ${event.eventId} attempt ${attempt}`);
      const { aggregateId } = event;
      if (type === "OrderPlaced") await commands.reserveStock({ aggregateId });
      if (type === "OrderPlaced") await commands.sendReminder({ aggregateId, delay: "30d" });
      await pass(type);
    };

  const run = async () => {
    const system = await createProcessSystem({
      store: { path },
      definitions: [
        defineProcess({
          aggregate: "order",
          name: "order-lifecycle",
          startedBy: ["OrderPlaced"],
          completedBy: ["OrderFulfilled"],
          timeout: "365d",
          on: { OrderPlaced: handle("OrderPlaced"), StockReserved: handle("StockReserved"), OrderFulfilled: handle("OrderFulfilled") },
        }),
      ],
      commands: {
        reserveStock: async ({ command }) => {
          write(`reserveStock ${command.aggregateId} ${command.commandId}`);
          await pass("reserveStock");
          return { type: "StockReserved", aggregateId: command.aggregateId };
        },
        sendReminder: async ({ command }) => write(`sendReminder ${command.aggregateId} ${command.commandId}`),
      },
    });
    system.processes.subscribe(({ kind }) => {
      if (hangAfter !== kind) return;
      say({ at: kind });
      // The commit is done; nothing else of this process happens any more.
      block();
    });
    if (start) await system.start();
    const receipts = dispatch.length === 0 ? [] : await system.dispatch(dispatch);
    say({ at: "accepted", outcomes: receipts.map(({ outcome }) => outcome) });
    if (!whenIdle) return;
    await system.whenIdle();
    await system.stop();
    say({ at: "idle" });
    leave();
  };

  run().catch((error) => {
    say({ at: "error", message: String(error?.stack ?? error) });
    process.exitCode = 1;
    process.disconnect();
  });
});
