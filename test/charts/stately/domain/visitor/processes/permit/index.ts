export const config = ({ events }: { events: Record<string, string> }) => ({ startedBy: [events.PermitRequested], timeout: "90d" });
