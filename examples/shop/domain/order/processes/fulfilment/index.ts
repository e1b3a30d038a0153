import type { ProcessManager } from "./+types/fulfilment";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [events.OrderShipped],
  timeout: "7d",
});
