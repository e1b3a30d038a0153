export const config = ({ events }: { events: Record<string, string> }) => ({
  startedBy: [events.OrderPlaced],
  completedBy: [events.OrderFulfilled],
  timeout: "7d",
});
