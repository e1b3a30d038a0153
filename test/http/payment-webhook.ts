import { createHmac, timingSafeEqual } from "node:crypto";
import type { ProcessSystem } from "perdure";
import { type Delivery, webhook } from "perdure/http";

interface Payment {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly orderId: string; readonly cents: number };
}

/** Takes what the payment service sends: `Payment-Signature: t=<seconds since 1970>,v1=<HMAC of "t.body">`. */
export function createPaymentWebhook(system: ProcessSystem, secret: string) {
  return webhook(system, {
    verify: (delivery) => isSigned(delivery, secret),
    map: ({ json }) => {
      // Whoever has the secret is the payment service, which keeps to its own shape.
      const { id, type, data } = json() as Payment;
      if (type !== "payment.succeeded") return undefined;
      return { type: "PaymentReceived", aggregateId: data.orderId, eventId: `payment-${id}`, payload: { amount: data.cents } };
    },
  });
}

// Older ones may be copies that somebody has kept.
const TOLERANCE_MS = 5 * 60_000;

function isSigned({ headers, body }: Delivery, secret: string): boolean {
  const [, seconds, given] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(headers.get("payment-signature") ?? "") ?? [];
  if (seconds === undefined || given === undefined) return false;
  if (Math.abs(Date.now() - Number(seconds) * 1_000) > TOLERANCE_MS) return false;
  const expected = createHmac("sha256", secret).update(`${seconds}.${body}`).digest();
  // It takes the same time whatever differs, so that nobody can guess a signature byte by byte.
  return timingSafeEqual(Buffer.from(given, "hex"), expected);
}
