import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { pay, place } from "../ui/open-ui.ts";
import { openFront, readJson } from "./open-front.ts";

describe("POST /events", () => {
  it("answers 202 with the receipt when the event is durable", async () => {
    const { test, post } = await openFront();
    const response = await post("events", { ...place("a"), eventId: "one" });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ eventId: "one", outcome: "accepted" });
    await test.system.whenIdle();
    expect(await test.system.processes.find()).toMatchObject([{ aggregateId: "a" }]);
  });

  it("takes a list in one commit, or nothing of it", async () => {
    const { test, post } = await openFront();
    expect(await readJson(post("events", [place("a"), place("b")]))).toMatchObject({
      events: [{ outcome: "accepted" }, { outcome: "accepted" }],
    });
    const refused = await post("events", [place("c"), { type: "OrderPlaced" }]);
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: "EVENT_INVALID", detail: expect.stringContaining("aggregateId") });
    await test.system.whenIdle();
    expect((await test.system.processes.find()).map(({ aggregateId }) => aggregateId).toSorted()).toEqual(["a", "b"]);
  });

  it("takes the Idempotency-Key for the eventId, so that a repeated request changes nothing", async () => {
    const { test, post } = await openFront();
    await post("events", place("a"), { "idempotency-key": "key-1" });
    expect(await readJson(post("events", place("a"), { "idempotency-key": '"key-1"' }))).toEqual({
      eventId: "key-1",
      outcome: "duplicate",
    });
    await test.system.whenIdle();
    expect((await test.system.lag()).accepted).toBe(1);
  });

  it("refuses an Idempotency-Key that is empty, of a list, or beside another eventId", async () => {
    const { test, post } = await openFront();
    const refused = [
      await post("events", place("a"), { "idempotency-key": '""' }),
      await post("events", [place("a")], { "idempotency-key": "key" }),
      await post("events", { ...place("a"), eventId: "other" }, { "idempotency-key": "key" }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect((await test.system.lag()).accepted).toBe(0);
    await test.system.stop();
    const elsewhere = await post("events?wait=handled", place("a"));
    expect([elsewhere.status, await elsewhere.json()]).toMatchObject([501, { code: "NOT_THE_WORKER" }]);
  });
});

describe("POST /events?wait=handled", () => {
  it("answers when an instance has handled each event, and says which", async () => {
    const { post } = await openFront();
    const response = await post("events?wait=handled", [place("a"), { type: "OrderFulfilled", aggregateId: "a", payload: {} }]);
    expect(response.status).toBe(200);
    const { events } = (await response.json()) as { events: unknown[] };
    expect(events).toMatchObject([
      { outcome: "accepted", handled: { process: "order/order-lifecycle", status: "started" } },
      { outcome: "accepted", handled: { process: "order/order-lifecycle", kind: "completed", status: "completed" } },
    ]);
  });

  it("says that an event has failed for good, with its dead letter", async () => {
    const { test, post } = await openFront();
    await test.dispatch(place("a"));
    const response = await post("events?wait=handled", pay("a", "lots"));
    const [letter] = await test.system.deadLetters.list();
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ handled: { kind: "failed", status: "failed", deadLetterId: letter!.id } });
  });

  it("answers 202 after the timeout, because the event is durable", async () => {
    const { test, post } = await openFront();
    await test.dispatch(place("a"));
    const [instance] = await test.system.processes.find();
    await test.system.processes.suspend(instance!.processId);
    const response = await post("events?wait=handled&timeout=20ms", pay("a", 5));
    expect(response.status).toBe(202);
    const told = await response.json();
    expect(told).toMatchObject({ outcome: "accepted" });
    expect(told).not.toHaveProperty("handled");
  });

  it("does not take an instance that has begun, and whose handler is to be tried again, for one that has handled it", async () => {
    const fail = () => {
      throw new Error("not yet");
    };
    const trying = defineProcess({
      aggregate: "order",
      name: "trying",
      startedBy: ["OrderPlaced"],
      completedBy: ["OrderFulfilled"],
      on: { OrderPlaced: fail },
    });
    const { post } = await openFront({}, [trying]);
    const response = await post("events?wait=handled&timeout=50ms", place("a"));
    expect(response.status).toBe(202);
    expect(await response.json()).not.toHaveProperty("handled");
  });

  it("finds how a repeated event was handled, and does not wait for one that concerns nobody", async () => {
    const { test, post } = await openFront();
    await test.dispatch({ ...place("a"), eventId: "one" });
    const repeated = await post("events?wait=handled", { ...place("a"), eventId: "one" });
    expect([repeated.status, await repeated.json()]).toMatchObject([200, { outcome: "duplicate", handled: { status: "started" } }]);
    const unrouted = await post("events?wait=handled", { type: "NobodyCares", aggregateId: "a" });
    expect([unrouted.status, await unrouted.json()]).toMatchObject([200, { outcome: "unrouted" }]);
  });

  it("is refused before anything is accepted where the system is not the worker, or the wait is not understood", async () => {
    const { test, post } = await openFront();
    for (const query of [
      "wait=done",
      "wait=handled&timeout=soon",
      "wait=handled&timeout=61s",
      "timeout=5s",
      "wait=handled&wait=handled",
      "waits=1",
    ])
      expect([query, (await post(`events?${query}`, place("a"))).status]).toEqual([query, 400]);
    expect((await test.system.lag()).accepted).toBe(0);
  });
});
