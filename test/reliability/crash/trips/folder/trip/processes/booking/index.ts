export const config = ({ events }: { readonly events: Readonly<Record<string, string>> }) => ({
  startedBy: [events["TripPlanned"]],
  timeout: "300d",
  index: ["last"],
});
