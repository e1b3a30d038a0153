import { defineProcess } from "perdure";
import { expect, test } from "vitest";
import { openFake, START } from "../../support/fake-restate/open-fake.ts";
import { silentLogger } from "../../support/silent-logger.ts";

let release: () => void = () => {};
const gates: string[] = [];
const stand = (where: string) => {
  gates.push(where);
  return new Promise<void>((resolve) => (release = resolve));
};

const order = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderClosed"],
  timeout: "1h",
  correlate: { PaymentSettled: ({ payload }) => (payload as { readonly order: string }).order },
  on: {
    OrderPlaced: ({ event }) => stand(`placed ${event.aggregateId}`),
    PaymentSettled: ({ event }) => stand(`settled ${event.aggregateId}`),
  },
});

const payment = (aggregateId: string, of: string) => ({
  eventId: `settled-${aggregateId}`,
  type: "PaymentSettled",
  aggregateId,
  payload: JSON.stringify({ order: of }),
  occurredAt: START,
  acceptedAt: START,
  correlationId: null,
  causationId: null,
});

async function settle(host: Awaited<ReturnType<typeof openFake>>, aggregateId: string, of: string) {
  const events = [payment(aggregateId, of)];
  const told: { answer?: unknown } = {};
  void host.restate.call("perdure.intake", aggregateId, "accept", events, events[0]!.eventId).then((answer) => (told.answer = answer));
  await host.restate.drain();
  return told;
}

test("the intake answers when an event is in its mailbox, which is before a handler runs and behind what came before", async () => {
  const host = await openFake({ definitions: [order], logger: silentLogger });
  await host.dispatch({ type: "OrderPlaced", aggregateId: "o-1", payload: {} });
  expect(gates.splice(0)).toEqual(["placed o-1"]);

  const told = await settle(host, "p-1", "o-1");
  expect(told).toEqual({});
  release();
  await host.restate.drain();
  expect(told).toEqual({ answer: [{ eventId: "settled-p-1", outcome: "accepted" }] });
  expect(gates.splice(0)).toEqual(["settled p-1"]);
  release();
  await host.restate.drain();
});

test("the intake tells what each key says of an event", async () => {
  const host = await openFake({ definitions: [order], logger: silentLogger });
  expect(await settle(host, "p-2", "nobody")).toEqual({ answer: [{ eventId: "settled-p-2", outcome: "unrouted" }] });
});
