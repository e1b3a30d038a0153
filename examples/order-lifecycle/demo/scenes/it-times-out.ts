import type { Scenery } from "../stage.ts";

export async function itTimesOut({ narrator, chronicle, dispatch }: Scenery): Promise<void> {
  const order = "o-2";
  narrator.heading("2  An order that times out", "Nobody pays. After four seconds its timed-out handler cancels it.");

  await dispatch({ type: "OrderPlaced", aggregateId: order, payload: { customer: "bob@example.com", totalCents: 1_900 } });
  await chronicle.waitFor(order, "timed_out");
  await chronicle.waitFor(order, "command_handled", "cancelOrder");
}
