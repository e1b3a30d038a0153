import { describe, expect, test as it } from "vitest";
import {
  event,
  expectAgreement,
  instanceOf,
  journalOf,
  nothingLeft,
  openFailingOrders,
  place,
  START,
  theLetter,
  type FailingOrders,
} from "./failing-orders.ts";

/** `o-1` failed because `reserveStock` did, with `sendInvoice` and `sendGift` behind it. */
async function failAtCommand(orders: FailingOrders): Promise<void> {
  const { test, broken, takeRan } = orders;
  broken.add("reserveStock");
  await test.dispatch(event("OrderPlaced", "placed", { payload: { commands: ["reserveStock", "sendInvoice", "sendGift"] } }));
  await test.advance("1s");
  expect(takeRan()).toEqual(["OrderPlaced placed", "reserveStock", "reserveStock", "OrderLifecycleFailed", "apologise"]);
}

const settle = async (orders: FailingOrders, kind: "retry" | "discard", letterId?: string) => {
  const id = letterId ?? (await theLetter(orders)).id;
  await (kind === "retry" ? orders.test.system.deadLetters.retry(id) : orders.test.system.deadLetters.discard(id, { reason: "by hand" }));
  await orders.test.settle();
};

describe("a command that is out of attempts", () => {
  it("fails its process, gets a dead letter, and has the failed handler run with it", async () => {
    const orders = await openFailingOrders();
    const { test, ran } = orders;
    await failAtCommand(orders);
    const [first] = ran.filter(({ type }) => type === "reserveStock");
    expect(await theLetter(orders)).toMatchObject({
      kind: "command",
      handler: "reserveStock",
      event: undefined,
      command: { commandId: first!.id, type: "reserveStock", aggregateId: "o-1", payload: {}, dueAt: new Date(START) },
      attempts: 2,
      error: { message: "reserveStock is broken" },
      firstFailedAt: new Date(START),
      lastFailedAt: new Date(START + 1_000),
      processId: (await instanceOf(orders)).processId,
    });
    expect(await instanceOf(orders)).toMatchObject({ status: "failed", endedAt: undefined });
    expect(await journalOf(orders)).toEqual([
      "started OrderPlaced",
      "handled OrderPlaced",
      "command_attempt_failed reserveStock",
      "command_failed reserveStock",
      "failed reserveStock",
      "handled OrderLifecycleFailed",
      "command_handled apologise",
    ]);
    await expectAgreement(test.system);
  });

  it("parks the commands behind it and the events of its instance, over a restart too, and other instances go on", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failAtCommand(orders);
    await test.dispatch([
      event("PaymentReceived", "paid"),
      event("OrderPlaced", "other", { aggregateId: "o-2", payload: { commands: ["sendGift"] } }),
    ]);
    await test.restart();
    await test.advance("1h");
    expect(takeRan()).toEqual(["OrderPlaced other", "sendGift"]);
    expect(await test.system.lag()).toMatchObject({ parked: 1, waiting: 0, pendingCommands: 0, overdueCommands: 0, deadLetters: 1 });
    await expectAgreement(test.system);
  });

  it("runs again when it is retried, with a new key and the same id, then the commands behind it, and the process goes on", async () => {
    const orders = await openFailingOrders();
    const { test, ran, broken, takeRan } = orders;
    await failAtCommand(orders);
    await test.dispatch(event("PaymentReceived", "paid"));
    broken.clear();
    await settle(orders, "retry");
    const again = takeRan();
    expect(again.filter((line) => line !== "PaymentReceived paid")).toEqual(["reserveStock", "sendInvoice", "sendGift"]);
    expect(again).toContain("PaymentReceived paid");
    const runs = ran.filter(({ type }) => type === "reserveStock");
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2, 1]);
    expect(runs[0]!.key).toBe(runs[1]!.key);
    expect(runs[2]!.key).not.toBe(runs[0]!.key);
    expect(await instanceOf(orders)).toMatchObject({ status: "started", dueAt: new Date(START + 2 * 86_400_000) });
    expect((await journalOf(orders, 7))[0]).toBe("resumed reserveStock");
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it("keeps the keys of the commands that were only parked behind it", async () => {
    const keyOfGift = async (isFailing: boolean) => {
      const orders = await openFailingOrders();
      if (isFailing) orders.broken.add("reserveStock");
      await orders.test.dispatch(event("OrderPlaced", "placed", { payload: { commands: ["reserveStock", "sendGift"] } }));
      await orders.test.advance("1s");
      orders.broken.clear();
      if (isFailing) await settle(orders, "retry");
      return orders.ran.find(({ type }) => type === "sendGift")!.key;
    };
    expect(await keyOfGift(true)).toBe(await keyOfGift(false));
  });

  it("fails the process again when the retry is out of attempts, with another letter", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failAtCommand(orders);
    const { id } = await theLetter(orders);
    await settle(orders, "retry");
    await test.advance("1s");
    expect(takeRan()).toEqual(["reserveStock", "reserveStock", "OrderLifecycleFailed", "apologise"]);
    expect(await theLetter(orders)).toMatchObject({ attempts: 2 });
    expect((await theLetter(orders)).id).not.toBe(id);
    broken.clear();
    await test.restart();
    await settle(orders, "retry");
    expect(takeRan()).toEqual(["reserveStock", "sendInvoice", "sendGift"]);
    await expectAgreement(test.system);
  });

  it("takes the commands behind it along when it is discarded; the journal says which", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failAtCommand(orders);
    await test.dispatch(event("PaymentReceived", "paid"));
    await settle(orders, "discard");
    await test.advance("1d");
    expect(takeRan()).toEqual([]);
    const { dropped, reason } = (await test.system.processes.history((await instanceOf(orders)).processId)).at(-1)!;
    expect(dropped!.map(({ type }) => type).toSorted()).toEqual(["PaymentReceived", "sendGift", "sendInvoice"]);
    expect(reason).toBe("by hand");
    expect(await instanceOf(orders)).toMatchObject({ status: "failed", endedAt: expect.any(Date) as Date });
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it("leaves a delayed command of its process where it was: it runs at its moment after the retry, and at once if that has passed", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await place(orders, { commands: ["sendGift"], delay: "6h" });
    await test.dispatch(event("AddressChanged", "moved", { payload: { commands: ["sendInvoice"], delay: "12h" } }));
    broken.add("reserveStock");
    await test.dispatch(event("PaymentReceived", "paid", { payload: { commands: ["reserveStock"] } }));
    await test.advance("8h");
    takeRan();
    expect(await test.system.timers.list({ kind: "command" })).toEqual([]);
    broken.clear();
    await settle(orders, "retry");
    expect(takeRan().toSorted()).toEqual(["reserveStock", "sendGift"]);
    expect(await test.system.timers.list({ kind: "command" })).toMatchObject([
      { command: "sendInvoice", dueAt: new Date(START + 12 * 3_600_000) },
    ]);
    await test.advance("4h");
    expect(takeRan()).toEqual(["sendInvoice"]);
  });
});

describe("a command of an instance that has ended", () => {
  it("gets a letter and changes no status; retrying runs it, discarding drops it", async () => {
    for (const kind of ["retry", "discard"] as const) {
      const orders = await openFailingOrders();
      const { test, broken, takeRan } = orders;
      await place(orders);
      broken.add("reserveStock");
      await test.dispatch(event("OrderFulfilled", "done", { payload: { commands: ["reserveStock", "sendGift"] } }));
      await test.advance("1s");
      expect(takeRan()).toEqual(["OrderFulfilled done", "reserveStock", "reserveStock", "sendGift"]);
      expect(await instanceOf(orders)).toMatchObject({ status: "completed" });
      expect(await theLetter(orders)).toMatchObject({ kind: "command", handler: "reserveStock" });
      await expectAgreement(test.system);
      broken.clear();
      await settle(orders, kind);
      expect(takeRan()).toEqual(kind === "retry" ? ["reserveStock"] : []);
      expect(await instanceOf(orders)).toMatchObject({ status: "completed" });
      expect(await journalOf(orders)).toContain(kind === "retry" ? "resumed reserveStock" : "discarded reserveStock");
      expect(await test.system.lag()).toMatchObject(nothingLeft);
      await expectAgreement(test.system);
    }
  });
});

describe("a timed-out handler that is out of attempts", () => {
  it.each(["retry", "discard"] as const)("gets a letter of its own and the status stays: %s", async (kind) => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await place(orders);
    broken.add("OrderLifecycleTimedOut");
    await test.advance("2d");
    await test.advance("1s");
    expect(takeRan()).toEqual(["OrderLifecycleTimedOut", "OrderLifecycleTimedOut"]);
    const letter = await theLetter(orders);
    expect(letter).toMatchObject({
      kind: "timed_out",
      attempts: 2,
      handler: "on-order-lifecycle-timed-out",
      event: { type: "OrderLifecycleTimedOut", payload: { processId: (await instanceOf(orders)).processId, startedAt: new Date(START) } },
    });
    expect(await instanceOf(orders)).toMatchObject({ status: "timed_out", endedAt: new Date(START + 2 * 86_400_000) });
    await expectAgreement(test.system);

    await test.dispatch(event("OrderPlaced", "placed-again"));
    takeRan();
    broken.clear();
    await settle(orders, kind);
    expect(takeRan()).toEqual(kind === "retry" ? ["OrderLifecycleTimedOut", "apologise"] : []);
    expect((await test.system.processes.find()).map(({ status }) => status)).toEqual(["started", "timed_out"]);
    const history = (await test.system.processes.history(letter.processId)).map(({ kind }) => kind);
    expect(history).toContain("step_failed");
    expect(history).toContain(kind === "retry" ? "resumed" : "discarded");
    expect(await test.system.lag()).toMatchObject({ ...nothingLeft });
    await expectAgreement(test.system);
  });
});

describe("a failed handler that is out of attempts", () => {
  it("gets a letter beside the first one; each is settled by itself", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await place(orders);
    broken.add("paid").add("OrderLifecycleFailed");
    await test.dispatch(event("PaymentReceived", "paid"));
    await test.advance("1m");
    const [first, second] = await test.system.deadLetters.list();
    expect([first!.kind, second!.kind]).toEqual(["event", "failed"]);
    expect(second).toMatchObject({ handler: "on-order-lifecycle-failed", attempts: 2, event: { payload: { deadLetterId: first!.id } } });
    takeRan();
    broken.clear();

    await settle(orders, "retry", second!.id);
    expect(takeRan()).toEqual(["OrderLifecycleFailed", "apologise"]);
    expect((await instanceOf(orders)).status).toBe("failed");
    await expectAgreement(test.system);
    await settle(orders, "retry", first!.id);
    expect(takeRan()).toEqual(["PaymentReceived paid"]);
    expect((await instanceOf(orders)).status).toBe("started");
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it("does not hold the instance: the other letter's retry goes on without it, and it may be discarded later", async () => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await place(orders);
    broken.add("paid").add("OrderLifecycleFailed");
    await test.dispatch(event("PaymentReceived", "paid"));
    await test.advance("1m");
    const [first, second] = await test.system.deadLetters.list();
    takeRan();
    broken.clear();
    await settle(orders, "retry", first!.id);
    expect((await instanceOf(orders)).status).toBe("started");
    await settle(orders, "discard", second!.id);
    expect(await instanceOf(orders)).toMatchObject({ status: "started", endedAt: undefined });
    expect(takeRan()).toEqual(["PaymentReceived paid"]);
    await expectAgreement(test.system);
  });
});

describe("an instance that two letters hold", () => {
  /** An event failed while a command of the instance waited for its retry, which then failed too. */
  async function failTwice(orders: FailingOrders): Promise<void> {
    const { test, broken, takeRan } = orders;
    broken.add("reserveStock").add("paid");
    await test.dispatch(event("OrderPlaced", "placed", { payload: { commands: ["reserveStock", "sendGift"] } }));
    await test.dispatch([event("PaymentReceived", "paid"), event("AddressChanged", "moved")]);
    await test.advance("1s");
    const kinds = (await test.system.deadLetters.list()).map(({ kind }) => kind);
    expect(kinds.toSorted()).toEqual(["command", "event"]);
    takeRan();
  }

  const letterOf = async ({ test }: FailingOrders, kind: "event" | "command") =>
    (await test.system.deadLetters.list({ status: "any" })).find((letter) => letter.kind === kind)!.id;

  it.each([
    ["event", "command"],
    ["command", "event"],
  ] as const)("stays failed until both are retried: %s, then %s", async (first, second) => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failTwice(orders);
    broken.clear();
    await settle(orders, "retry", await letterOf(orders, first));
    expect(takeRan()).toEqual([]);
    expect((await instanceOf(orders)).status).toBe("failed");
    await expectAgreement(test.system);
    await test.restart();
    expect(takeRan()).toEqual([]);
    await settle(orders, "retry", await letterOf(orders, second));
    const ran = takeRan();
    expect(ran.toSorted()).toEqual(["AddressChanged moved", "PaymentReceived paid", "reserveStock", "sendGift"]);
    expect(ran.indexOf("PaymentReceived paid")).toBeLessThan(ran.indexOf("AddressChanged moved"));
    expect(ran.indexOf("reserveStock")).toBeLessThan(ran.indexOf("sendGift"));
    expect(await test.system.lag()).toMatchObject(nothingLeft);
    await expectAgreement(test.system);
  });

  it.each([
    ["event", "command"],
    ["command", "event"],
  ] as const)("gives a retried event all its attempts, whichever was retried last: %s, then %s", async (first, second) => {
    const orders = await openFailingOrders();
    const { test, broken, takeRan } = orders;
    await failTwice(orders);
    broken.delete("reserveStock");
    await settle(orders, "retry", await letterOf(orders, first));
    await settle(orders, "retry", await letterOf(orders, second));
    broken.clear();
    await test.advance("1s");
    expect(takeRan().filter((line) => line === "PaymentReceived paid")).toHaveLength(2);
    expect(await test.system.deadLetters.list()).toEqual([]);
    expect((await instanceOf(orders)).status).toBe("started");
  });

  it.each(["event", "command"] as const)("ends when one is discarded, and the other is discarded with it: %s", async (kind) => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failTwice(orders);
    await settle(orders, "discard", await letterOf(orders, kind));
    await test.advance("1d");
    expect(takeRan()).toEqual([]);
    expect(await test.system.deadLetters.list({ status: "discarded" })).toHaveLength(2);
    expect(await instanceOf(orders)).toMatchObject({ status: "failed", endedAt: expect.any(Date) as Date });
    expect(await test.system.lag()).toMatchObject({ ...nothingLeft, accepted: 3, handled: 3 });
    await expectAgreement(test.system);
  });

  it("ends when one was retried and the other is discarded: what was put back is dropped too", async () => {
    const orders = await openFailingOrders();
    const { test, takeRan } = orders;
    await failTwice(orders);
    await settle(orders, "retry", await letterOf(orders, "event"));
    await settle(orders, "discard", await letterOf(orders, "command"));
    expect(takeRan()).toEqual([]);
    expect((await instanceOf(orders)).endedAt).toBeDefined();
    expect((await test.system.processes.history((await instanceOf(orders)).processId)).at(-1)!.dropped!.map(({ type }) => type)).toEqual([
      "PaymentReceived",
      "AddressChanged",
      "sendGift",
    ]);
    expect(await test.system.lag()).toMatchObject({ ...nothingLeft, accepted: 3, handled: 3 });
    await expectAgreement(test.system);
  });
});
