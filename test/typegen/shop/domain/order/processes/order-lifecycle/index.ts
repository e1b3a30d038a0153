import type { ProcessManager } from "./+types/order-lifecycle";
export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [events.OrderFulfilled],
  timeout: "7d",
  correlate: { [events.PaymentReceived]: (event) => (event.payload.cents.toFixed() === "0" ? null : [event.aggregateId]) },
  keepEarly: "1d",
});
