import type { ProcessManager as Placed } from "./+types/on-order-placed";
import type { ProcessManager as Received } from "./+types/on-payment-received";
import type { ProcessManager as TimedOut } from "./+types/on-order-lifecycle-timed-out";
import type { ProcessManager } from "./+types/order-lifecycle";

export const unknownEvent: ProcessManager.ConfigFunction = ({ events }) => ({
  // @ts-expect-error Nothing declares and nothing handles OrderPlcaed.
  startedBy: [events.OrderPlcaed],
  completedBy: [],
});

// @ts-expect-error The same without the help of events.
export const unknownText: ProcessManager.ConfigFunction = () => ({ startedBy: ["OrderPlcaed"], completedBy: [] });

export const syntheticEvent: ProcessManager.ConfigFunction = ({ events }) => ({
  // @ts-expect-error The process makes OrderLifecycleTimedOut itself.
  startedBy: [events.OrderLifecycleTimedOut],
  completedBy: [],
});

export const wrongTimeout: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [],
  // @ts-expect-error A fortnight is not a unit.
  timeout: "1 fortnight",
});

export const wrongPayload: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [],
  // @ts-expect-error The event's schema has no field orderId.
  correlate: { [events.PaymentReceived]: (event) => event.payload.orderId },
});

export const wrongKey: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [],
  // @ts-expect-error A key is a text, and the schema makes a number of cents.
  correlate: { [events.PaymentReceived]: (event) => event.payload.cents },
});

export const unknownCorrelated: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [],
  // @ts-expect-error Nothing declares and nothing handles PaymentRecieved.
  correlate: { [events.PaymentRecieved]: () => "o-1" },
});

export const wrongKeep: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [],
  // @ts-expect-error A fortnight is not a unit.
  keepEarly: "1 fortnight",
});

export async function onPlaced({ event, commands }: Placed.HandlerArgs) {
  // @ts-expect-error The event's schema has no field total.
  void event.payload.total;
  // @ts-expect-error This handler is for OrderPlaced.
  const type: "OrderFulfilled" = event.type;
  // @ts-expect-error No command has this name.
  await commands.sendWelcomeMail({ aggregateId: type });
  // @ts-expect-error weightGrams is missing.
  await commands.packOrder({ aggregateId: event.aggregateId });
  // @ts-expect-error Its weight is a number.
  await commands.packOrder({ aggregateId: event.aggregateId, weightGrams: "heavy" });
  // @ts-expect-error The schema takes no colour.
  await commands.packOrder({ aggregateId: event.aggregateId, weightGrams: 1, colour: "red" });
  // @ts-expect-error aggregateId is missing.
  await commands.sendWelcomeEmail({});
  // @ts-expect-error The schema of a command without fields takes none.
  await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, to: "ada@example.com" });
  // @ts-expect-error A fortnight is no unit.
  await commands.sendWelcomeEmail({ aggregateId: event.aggregateId, delay: "1 fortnight" });
  // @ts-expect-error Its payload has a field delay, which would be the option.
  await commands.informPassengers({ aggregateId: event.aggregateId, flight: "LH1", delay: 45 });
  // @ts-expect-error delay is missing in the payload.
  await commands.informPassengers({ aggregateId: event.aggregateId, delay: "45m", payload: { flight: "LH1" } });
  // @ts-expect-error A field of the payload stands beside it.
  await commands.packOrder({ aggregateId: event.aggregateId, weightGrams: 1, payload: { weightGrams: 1 } });
  // @ts-expect-error No option has this name.
  await commands.packOrder({ aggregateId: event.aggregateId, dealy: "1m", payload: { weightGrams: 1 } });
  // @ts-expect-error weightGrams is missing in the payload.
  await commands.packOrder({ aggregateId: event.aggregateId, payload: {} });
  // @ts-expect-error A command without a schema takes an object.
  await commands.cancelOrder({ aggregateId: event.aggregateId, payload: 5 });
  // @ts-expect-error Its handler returns what is no event.
  await commands.printLabel({ aggregateId: event.aggregateId });
  // @ts-expect-error Its transaction cannot wait for the promise that its handler returns.
  await commands.recountStock({ aggregateId: event.aggregateId });
  // @ts-expect-error Its cents are a number.
  await commands.recordSale({ aggregateId: event.aggregateId, cents: "1" });
}

export async function onReceived({ event, commands }: Received.HandlerArgs) {
  // @ts-expect-error The schema makes a number of the text that is dispatched.
  const cents: string = event.payload.cents;
  // @ts-expect-error One of the two ways to refund is needed.
  await commands.refundPayment({ aggregateId: cents });
}

export async function onTimedOut({ event }: TimedOut.HandlerArgs) {
  // @ts-expect-error Only the failed handler is told an error.
  void event.payload.error;
}
