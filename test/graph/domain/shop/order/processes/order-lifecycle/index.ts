export const config = ({ events }: { readonly events: Readonly<Record<string, string>> }) => ({
  startedBy: [events["OrderPlaced"]],
  completedBy: [events["OrderFulfilled"]],
  timeout: "7d",
});
