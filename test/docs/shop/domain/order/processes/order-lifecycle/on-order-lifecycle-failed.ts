import type { FailedPayload, HandlerArgs } from "perdure";

export async function handler({ event, commands }: HandlerArgs<FailedPayload>) {
  await commands.flagForManualReview!({ aggregateId: event.aggregateId, why: event.payload.error.message });
}
