import type { Scenery } from "../stage.ts";

export async function itFails({ narrator, chronicle, dispatch }: Scenery): Promise<void> {
  const order = "o-3";
  narrator.heading(
    "3  An order whose handler fails for good",
    "The payment provider never answers. After three retries a person is asked, and later events wait.",
  );

  await dispatch({ type: "OrderPlaced", aggregateId: order, payload: { customer: "cleo@example.com", totalCents: 2_600 } });
  await chronicle.waitFor(order, "handled", "on-order-placed");
  await dispatch({ type: "PaymentReceived", aggregateId: order, payload: { reference: "unreachable-3", amountCents: 2_600 } });
  await chronicle.waitFor(order, "failed", "on-payment-received");
  await chronicle.waitFor(order, "command_handled", "flagForManualReview");
  await dispatch({ type: "OrderFulfilled", aggregateId: order, payload: { trackingNumber: "track-o-3" } });
}
