import type { ProcessManager } from "./+types/no-patch";
export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.StockCounted],
  completedBy: [],
});
