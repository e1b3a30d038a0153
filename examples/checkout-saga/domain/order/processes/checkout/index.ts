import type { ProcessManager } from "./+types/checkout";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: { [events.OrderConfirmed]: "confirmed", [events.OrderCancelled]: "cancelled" },
  timeout: "15m",
});
