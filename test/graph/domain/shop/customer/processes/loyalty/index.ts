export const config = ({ events }: { readonly events: Readonly<Record<string, string>> }) => ({
  startedBy: [events["CustomerRegistered"]],
  completedBy: [events["ReviewWritten"]],
  timeout: "365d",
});
