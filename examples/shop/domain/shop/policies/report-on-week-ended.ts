import type { Policy } from "./+types/report-on-week-ended";

export async function handler({ event, commands }: Policy.HandlerArgs) {
  await commands.writeReport({ aggregateId: event.aggregateId, until: event.payload.until });
}
