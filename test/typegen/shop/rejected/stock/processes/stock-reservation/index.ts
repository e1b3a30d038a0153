import type { ProcessManager } from "./+types/stock-reservation";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  // @ts-expect-error The file of a handler does not make an event out of a misspelling.
  startedBy: [events.StockResrved],
  completedBy: [],
});
