import { expect, test as it } from "vitest";
import { openShop, placed } from "./open-shop.ts";

const process = { "perdure.process.name": "order/order-lifecycle" };
const step = { "perdure.kind": "step", ...process, "perdure.event.type": "OrderPlaced", "perdure.handler": "on-order-placed" };
const command = { "perdure.kind": "command", ...process, "perdure.command.name": "packOrder" };

it("attempts are counted and timed by kind, name and outcome", async () => {
  let isBroken = true;
  const { recording, test } = await openShop({
    on: { OrderFulfilled: undefined },
    pack: () => {
      if (isBroken) throw new Error("jammed");
    },
  });
  await test.dispatch(placed);
  isBroken = false;
  await test.advance("1s");
  const counted = await recording.metric("perdure.attempts");
  const told = [
    { attributes: { ...step, "perdure.outcome": "handled" }, value: 1 },
    { attributes: { ...command, "perdure.outcome": "retried" }, value: 1 },
    { attributes: { ...command, "perdure.outcome": "handled" }, value: 1 },
  ];
  expect(counted).toEqual(expect.arrayContaining(told));
  expect(counted).toHaveLength(4);
  const timed = await recording.metric("perdure.attempt.duration");
  expect(timed.map(({ attributes, value }) => ({ attributes, value }))).toEqual(counted);
});

it("the lag is that of first attempts, since the event was accepted or the command was due", async () => {
  const { recording, test } = await openShop({
    on: {
      OrderPlaced: async ({ commands, event, attempt }) => {
        // What is dispatched with it waits meanwhile.
        test.clock.moveTo(test.clock.now() + 3_000);
        if (attempt === 1) throw new Error("once more");
        await commands["packOrder"]!({ aggregateId: event.aggregateId, delay: "1h" });
      },
    },
  });
  await test.dispatch([placed, { type: "OrderBooked", aggregateId: "o-1" }]);
  await test.advance("10s");
  const lag = async () =>
    (await recording.metric("perdure.attempt.lag")).map(({ attributes, value, sum }) => [attributes, value, sum] as const);
  // Two attempts of 3 s, and a second between them.
  expect(await lag()).toEqual([
    [step, 1, 0],
    [{ ...step, "perdure.event.type": "OrderBooked", "perdure.handler": "on-order-booked" }, 1, 7],
  ]);
  await test.advance("2h");
  expect(await lag()).toContainEqual([command, 1, 0]);
});

it("the store's figures are those of lag and overview, and dead letters are counted when they are written", async () => {
  const { recording, test } = await openShop({
    pack: () => {
      throw new Error("jammed");
    },
  });
  await test.dispatch([placed, { ...placed, eventId: "other", aggregateId: "o-2" }]);
  await test.advance("1s");
  expect(await recording.metric("perdure.dead_letters.written")).toEqual([
    { attributes: { ...process, "perdure.letter.kind": "command" }, value: 2 },
  ]);
  expect(await recording.metric("perdure.dead_letters.open")).toEqual([{ attributes: {}, value: 2 }]);
  expect(await recording.metric("perdure.events.accepted")).toEqual([{ attributes: {}, value: 2 }]);
  expect(await recording.metric("perdure.events.handled")).toEqual([{ attributes: {}, value: 2 }]);
  expect(await recording.metric("perdure.events.waiting")).toEqual([{ attributes: {}, value: 0 }]);
  expect(await recording.metric("perdure.instances")).toContainEqual({ attributes: { ...process, "perdure.status": "failed" }, value: 2 });
});

it("a system that was stopped tells no figures, and tells them again when it is started again", async () => {
  const { recording, test } = await openShop();
  await test.dispatch(placed);
  await test.system.stop();
  expect(await recording.metric("perdure.events.accepted")).toEqual([]);
  await test.system.start();
  expect(await recording.metric("perdure.events.accepted")).toHaveLength(1);
});

it("a client tells no figures, because the worker on the same store tells them", async () => {
  const { recording, test } = await openShop({ role: "client" });
  expect(test.system.state).toBe("client");
  expect(await recording.metric("perdure.events.accepted")).toEqual([]);
});

it("the store is asked once for each collection, however many figures it tells", async () => {
  let asked = 0;
  const { recording } = await openShop({
    wrap: (telemetry) => ({
      ...telemetry,
      observe: (read) =>
        telemetry.observe(() => {
          asked += 1;
          return read();
        }),
    }),
  });
  expect(await recording.metric("perdure.events.waiting")).toHaveLength(1);
  expect(asked).toBe(1);
});
