import type { PolicyHandlerArgs } from "perdure";

export async function handler({ event, commands }: PolicyHandlerArgs) {
  await commands["sendMail"]!({ aggregateId: event.aggregateId, about: "reviews" });
}
