export const config = ({ events }: { events: Record<string, string> }) => ({ startedBy: [events.TicketOpened], timeout: "90d" });
