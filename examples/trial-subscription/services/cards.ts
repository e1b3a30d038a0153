import { createKeyedAnswers } from "./keyed-answers.ts";

/** Stands in for a payment provider. It declines the cards in `empty`, and does not answer while `isDown`. */
export function createCards() {
  const charges: string[] = [];
  return {
    empty: new Set<string>(),
    isDown: false,
    requests: createKeyedAnswers(),
    /** What was charged, in order: `ada visa 900`. */
    charges: charges as readonly string[],
    /** Returns the number of the receipt, or `undefined` if the card is declined. */
    charge(charge: { readonly who: string; readonly card: string; readonly cents: number }, idempotencyKey: string): string | undefined {
      const { who, card, cents } = charge;
      if (this.isDown) throw new Error("the payment provider does not answer");
      if (this.empty.has(card)) return undefined;
      return this.requests.once(idempotencyKey, () => `r-${charges.push(`${who} ${card} ${cents}`)}`);
    },
  };
}

export type Cards = ReturnType<typeof createCards>;
