import type { ProcessManager } from "./+types/wrong-key";
export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.StockCounted],
  completedBy: [],
});
