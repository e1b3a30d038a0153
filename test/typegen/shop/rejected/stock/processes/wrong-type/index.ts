import type { ProcessManager } from "./+types/wrong-type";
export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.StockCounted],
  completedBy: [],
});
