import type { Scenery } from "../stage.ts";

export async function itCompletes({ narrator, chronicle, dispatch, waitUntil }: Scenery): Promise<void> {
  const order = "o-1";
  narrator.heading("1  An order that completes", "It is placed, paid, packed and on its way. The welcome email has a delay of its own.");

  await dispatch({ type: "OrderPlaced", aggregateId: order, payload: { customer: "ada@example.com", totalCents: 4_200 } });
  const { at } = await chronicle.waitFor(order, "handled", "on-order-placed");
  await waitUntil(new Date(at.getTime() + 700));
  await dispatch({ type: "PaymentReceived", aggregateId: order, payload: { reference: "pay-1", amountCents: 4_200 } });
  await chronicle.waitFor(order, "completed");
  await chronicle.waitFor(order, "command_handled", "sendShippingNotice");
}
