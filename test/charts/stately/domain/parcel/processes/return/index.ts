export const config = ({ events }: { events: Record<string, string> }) => ({ startedBy: [events.ReturnAnnounced], timeout: "90d" });
