import type { ProcessManager } from "./+types/trial";

export const config: ProcessManager.ConfigFunction = ({ events }) => ({
  startedBy: [events.OrderPlaced],
  index: ["reminders"],
  timeout: "30d",
});
