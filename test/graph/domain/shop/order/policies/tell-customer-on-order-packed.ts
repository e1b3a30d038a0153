import type { PolicyHandlerArgs } from "perdure";

/** Tells the customer that the parcel is on its way. */
export async function handler({ event, commands }: PolicyHandlerArgs) {
  await commands.sendMail!({ aggregateId: event.aggregateId, about: "parcel" });
}
