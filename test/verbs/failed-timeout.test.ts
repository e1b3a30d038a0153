import { createProcessSystem, defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { fail, openShop } from "./orders.ts";

describe("a failed instance of a process with failedTimeout", () => {
  const open = async () => {
    const shop = await openShop({}, { failedTimeout: "30d" });
    await shop.place();
    shop.does.PaymentReceived = fail;
    await shop.dispatch("PaymentReceived");
    await shop.dispatch("OrderFulfilled");
    return shop;
  };

  it("is discarded when nobody has brought it back in time, and its letter says why", async () => {
    const { test, instance, journal } = await open();
    const { processId } = await instance();
    const dueAt = new Date(test.clock.now() + 30 * 86_400_000);
    expect(await test.system.timers.list({ kind: "discard" })).toEqual([
      expect.objectContaining({ kind: "discard", process: "order/order-lifecycle", aggregateId: "o-1", processId, dueAt }),
    ]);
    await test.restart();
    await test.advance("29d");
    expect(await instance()).toMatchObject({ status: "failed", endedAt: undefined });
    await test.advance("1d");
    expect(await instance()).toMatchObject({ status: "failed", endedAt: dueAt });
    const reason = "nobody has settled it in time (failedTimeout: 30d)";
    expect(await test.system.deadLetters.list({ status: "any" })).toMatchObject([{ status: "discarded", reason, settledBy: undefined }]);
    expect((await journal()).at(-1)).toMatchObject({ kind: "discarded", reason, dropped: [{ type: "OrderFulfilled" }] });
    expect(await test.system.timers.list({})).toEqual([]);
    expect(await test.system.lag()).toMatchObject({ waiting: 0, parked: 0, deadLetters: 0, overdueTimers: 0 });
  });

  it("goes on when its letter is retried in time, and has as long again when it fails anew", async () => {
    const { test, instance } = await open();
    await test.advance("20d");
    const [letter] = await test.system.deadLetters.list();
    await test.system.deadLetters.retry(letter!.id);
    await test.settle();
    expect(await instance()).toMatchObject({ status: "failed", endedAt: undefined });
    await test.advance("29d");
    expect(await instance()).toMatchObject({ endedAt: undefined });
    await test.advance("1d");
    expect(await instance()).toMatchObject({ endedAt: new Date(test.clock.now()) });
  });

  it("is not discarded while it is suspended, and at once when it is resumed too late", async () => {
    const { test, instance, dispatch } = await open();
    const { processId } = await instance();
    await test.system.processes.suspend(processId);
    await test.advance("31d");
    // It is looked at for each event.
    await dispatch("OrderFulfilled");
    expect(await instance()).toMatchObject({ endedAt: undefined });
    expect(await test.system.timers.list({ kind: "discard" })).toEqual([]);
    await test.system.processes.resume(processId);
    await test.settle();
    expect(await instance()).toMatchObject({ status: "failed", endedAt: new Date(test.clock.now()) });
  });

  it("is so from its first event on, and where a command has failed", async () => {
    const { test, does, place, instance } = await openShop({}, { failedTimeout: "30d" });
    does.OrderPlaced = fail;
    await place("o-1");
    does.OrderPlaced = () => {};
    does.welcome = fail;
    await place("o-2");
    await test.advance("30d");
    for (const aggregateId of ["o-1", "o-2"])
      expect(await instance(aggregateId)).toMatchObject({ status: "failed", endedAt: expect.any(Date) });
  });
});

it("failedTimeout is refused if it is no duration, or not longer than zero", async () => {
  for (const failedTimeout of ["soon", 0, null]) {
    const definition = defineProcess({
      aggregate: "order",
      name: "life",
      startedBy: ["OrderPlaced"],
      completedBy: [],
      timeout: "1d",
      on: {},
      failedTimeout: failedTimeout as "1d",
    });
    await expect(createProcessSystem({ definitions: [definition], store: { path: ":memory:" } })).rejects.toMatchObject({
      details: { diagnostics: [expect.objectContaining({ code: "FAILED_TIMEOUT_INVALID" })] },
    });
  }
});
