import type { ProcessManager } from "./+types/payment-collection";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced, "PaymentReceived"],
  completedBy: [],
  timeout: 60_000,
});
