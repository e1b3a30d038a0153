import { createKeyedAnswers } from "./keyed-answers.ts";

export type PaymentStatus = "pending" | "authorized" | "declined" | "voided";

/**
 * Stands in for a payment provider. It declines the card "empty", asks for the customer's consent for "careful", and does not answer about "unreachable".
 */
export function createPayments(record: (what: string) => void) {
  const payments = new Map<string, PaymentStatus>();
  const requests = createKeyedAnswers();
  const settle = (orderId: string, status: PaymentStatus) => {
    payments.set(orderId, status);
    record(`${orderId} payment ${status}`);
    return status;
  };
  return {
    requests,
    authorize: (orderId: string, card: string, idempotencyKey: string): PaymentStatus => {
      if (card === "unreachable") throw new Error("the payment provider does not answer");
      return requests.once(idempotencyKey, () => settle(orderId, answers[card] ?? "authorized"));
    },
    /** The customer agrees to a payment that is pending. Returns whether the provider takes it. */
    consent: (orderId: string): boolean => {
      if (payments.get(orderId) !== "pending") return false;
      settle(orderId, "authorized");
      return true;
    },
    /** Closes a payment, so that no consent opens it any more. Does nothing if there is none. */
    void: (orderId: string, idempotencyKey: string) =>
      requests.once(idempotencyKey, () => {
        const status = payments.get(orderId);
        if (status === "pending" || status === "authorized") settle(orderId, "voided");
      }),
  };
}

const answers: Readonly<Record<string, PaymentStatus>> = { empty: "declined", careful: "pending" };
