import { repeat } from "../../platform/repeat.ts";
import type { ProcessSystem } from "../../system/process-system.ts";
import { planOrder, planRefund, type Planned } from "./customers.ts";

const TICK_MS = 400;
const FIRST_ORDERS = 60;
const FIRST_REFUNDS = 12;

/** How far the first ones have got, so that there is much to see at once. */
const FIRST_AGE_MS = 60_000;

// More would hide what else there is to see, and somebody has to mend them.
const MOST_LETTERS = 12;

/** Customers order, pay and ask for their money back, a few events a second, until the end. Some of it fails. */
export async function beginLife(system: ProcessSystem, onError: (error: unknown) => void): Promise<{ readonly end: () => Promise<void> }> {
  let planned: Planned[] = [];
  let count = 0;
  const add = (plan: (number: number, fails: boolean) => readonly Planned[], age: number) => {
    const { deadLetters } = system.overview.getSnapshot().context;
    const steps = plan((count += 1), deadLetters < MOST_LETTERS);
    planned.push(...steps.map(({ inMs, event }) => ({ inMs: Math.max(0, inMs - age), event })));
  };
  const dispatchDue = async () => {
    const due = planned.filter(({ inMs }) => inMs <= 0);
    planned = planned.filter(({ inMs }) => inMs > 0).map(({ inMs, event }) => ({ inMs: inMs - TICK_MS, event }));
    if (due.length > 0) await system.dispatch(due.map(({ event }) => event));
  };

  for (let first = 0; first < FIRST_ORDERS; first += 1) add(planOrder, Math.random() * FIRST_AGE_MS);
  for (let first = 0; first < FIRST_REFUNDS; first += 1) add(planRefund, Math.random() * FIRST_AGE_MS);
  await dispatchDue();
  await suspendOne(system);

  let turn = Promise.resolve();
  const stop = repeat(() => {
    if (Math.random() < 0.3) add(planOrder, 0);
    if (Math.random() < 0.06) add(planRefund, 0);
    turn = turn.then(dispatchDue).catch(onError);
  }, TICK_MS);
  return {
    end: async () => {
      stop();
      await turn;
    },
  };
}

async function suspendOne(system: ProcessSystem): Promise<void> {
  await system.whenIdle();
  const [open] = await system.processes.find({ process: "order/fulfilment", status: "started", limit: 1 });
  if (open !== undefined) await system.processes.suspend(open.processId, { reason: "the customer has called", by: "ada" });
}
