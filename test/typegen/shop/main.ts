import type { KnownEvent, ProcessSystem } from "perdure";
import type { TestSystem } from "perdure/testing";

export async function use(system: ProcessSystem, test: TestSystem): Promise<void> {
  await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload: { customer: "ada@example.com" } });
  await system.dispatch({
    type: "PaymentReceived",
    aggregateId: "o-1",
    payload: { cents: "4200" },
    eventId: "e-1",
    occurredAt: "2026-01-01",
  });
  await system.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
  await system.dispatch([{ type: "OrderFulfilled", aggregateId: "o-1", payload: { anything: true } }]);
  await system.dispatch({ type: "PaymentRefunded", aggregateId: "o-1", payload: { cents: 1 } });
  const placed = { type: "OrderPlaced", aggregateId: "o-1", payload: { customer: "ada@example.com" } } satisfies KnownEvent;
  await test.dispatch(placed);
  system.machines["order/order-lifecycle"].id.trim();
  await system.processes.find({ process: "payment/payment-collection", status: "started" });
  await system.processes.waitFor({ process: "order/order-lifecycle", aggregateId: "o-1" });

  const { outcome, dueAt } = await system.commands.cancelOrder({
    aggregateId: "o-1",
    delay: "1h",
    commandId: "c-1",
    payload: { why: "late" },
  });
  const known: "accepted" | "duplicate" = outcome;
  await system.commands.cancelOrder({ aggregateId: "o-1", delay: dueAt, why: known });
  await system.commands.sendWelcomeEmail({ aggregateId: "o-1" });
  await system.commands.recordSale({ aggregateId: "o-1", cents: 1 });

  // @ts-expect-error No command has this name.
  await system.commands.cancelOrdr({ aggregateId: "o-1" });
  // @ts-expect-error Its aggregate is missing.
  await system.commands.cancelOrder({ payload: {} });
  // @ts-expect-error Its schema has no fields, and without payload a commandId would be one.
  await system.commands.sendWelcomeEmail({ aggregateId: "o-1", commandId: "c-1" });
  // @ts-expect-error No event has this type.
  await system.dispatch({ type: "OrderPlcaed", aggregateId: "o-1" });
  // @ts-expect-error Its payload is missing.
  await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
  // @ts-expect-error The schema takes a text and makes a number of it.
  await system.dispatch({ type: "PaymentReceived", aggregateId: "o-1", payload: { cents: 4200 } });
  // @ts-expect-error The schema has no field total.
  await system.dispatch([{ type: "OrderPlaced", aggregateId: "o-1", payload: { customer: "ada@example.com", total: 1 } }]);
  // @ts-expect-error Without a schema a payload is an object.
  await system.dispatch({ type: "OrderFulfilled", aggregateId: "o-1", payload: 5 });
  // @ts-expect-error The process makes this event itself.
  await system.dispatch({ type: "OrderLifecycleFailed", aggregateId: "o-1" });
  // @ts-expect-error The testing kit knows the same events.
  await test.dispatch({ type: "OrderPlcaed", aggregateId: "o-1" });
  // @ts-expect-error No process has this name.
  void system.machines["order/order-lifecicle"];
  // @ts-expect-error No process has this name.
  await system.processes.find({ process: "order-lifecycle" });
  // @ts-expect-error No process has this name.
  await test.system.processes.waitFor({ process: "order-lifecycle" });
}
