import type { ProcessManager } from "./+types/checkout";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [events.OrderConfirmed, events.OrderCancelled],
  timeout: "15m",
});
