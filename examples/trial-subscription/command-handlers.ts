import { type CommandHandlerArgs, NonRetryableError } from "perdure";
import type { Services } from "./services/services.ts";

/** A no of the payment provider: it would say no again, so there is no retry. The chart tells it from silence by its code. */
class CardDeclined extends NonRetryableError {
  readonly code = "CARD_DECLINED";
}

/** What the commands do. The schemas of their payloads are in domain/subscription/commands. */
export function createCommandHandlers({ mailer, cards }: Services) {
  return {
    sendMail: ({ command: { aggregateId, payload }, idempotencyKey }: CommandHandlerArgs<{ subject: string }>) =>
      mailer.send({ to: aggregateId, subject: payload.subject }, idempotencyKey),

    /** Invoked by the chart: what it returns is the output of the invocation, what it throws for good its error. */
    chargeCard: ({ command: { aggregateId, payload }, idempotencyKey }: CommandHandlerArgs<{ card: string; cents: number }>) => {
      const receipt = cards.charge({ who: aggregateId, ...payload }, idempotencyKey);
      if (receipt === undefined) throw new CardDeclined(`the card ${payload.card} was declined`);
      return { receipt };
    },
  };
}
