import { createKeyedAnswers } from "./keyed-answers.ts";

export type Shipment = { readonly trackingNumber: string } | { readonly refusal: string };

/** Stands in for a carrier, which delivers in this country only. */
export function createCarrier(record: (what: string) => void) {
  const requests = createKeyedAnswers();
  return {
    requests,
    isDown: false,
    ship(orderId: string, country: string, idempotencyKey: string): Shipment {
      if (this.isDown) throw new Error("the carrier does not answer");
      return requests.once(idempotencyKey, () => {
        if (country !== "here") return { refusal: `no delivery to ${country}` };
        record(`${orderId} handed to the carrier`);
        return { trackingNumber: `track-${orderId}` };
      });
    },
  };
}
