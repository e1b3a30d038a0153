import type { ProcessManager } from "./+types/shipping";
export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: { [events.OrderShipped]: "shipped" },
  completeWhen: ({ context }) => context.paid && context.stage === "packed",
  timeout: "7d",
});
