import { createProcessSystem, defineProcess, NonRetryableError, type ProcessSystem } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createActor, type InspectionEvent, SimulatedClock } from "xstate";
import { createRecording, defineOrder, openTestSystem, type OrderOptions } from "../support/order-process.ts";

const process = "order/order-lifecycle";
const placed = { type: "OrderPlaced", aggregateId: "o-1", eventId: "e-1", payload: { email: "ada@example.org" } } as const;

/** What an inspector was told, a line each. */
function createInspector() {
  const told: InspectionEvent[] = [];
  return {
    told,
    inspect: (event: InspectionEvent) => void told.push(event),
    get lines() {
      return told.map(describeTold);
    },
  };
}

function describeTold(event: InspectionEvent): string {
  switch (event.type) {
    case "@xstate.actor":
      return "actor";
    case "@xstate.event":
      return `event ${event.event.type}`;
    case "@xstate.snapshot": {
      const { value, status } = event.snapshot as { value?: unknown; status: string };
      return `snapshot ${String(value)} ${status} after ${event.event.type}`;
    }
    default:
      return event.type;
  }
}

function open(inspect: (event: InspectionEvent) => void, does: NonNullable<OrderOptions["does"]> = {}) {
  const definitions = [defineOrder(createRecording(), { does })];
  return openTestSystem({ definitions, commands: { remind: () => {} }, processes: { retry: { maxRetries: 1 } }, inspect });
}

describe("inspect", () => {
  it("is told what XState tells of an actor that lives through the same: the actor, then pairs of event and snapshot", async () => {
    const durable = createInspector();
    const test = await open(durable.inspect);
    await test.dispatch(placed);
    await test.advance("48h");

    const live = createInspector();
    const clock = new SimulatedClock();
    const actor = createActor(test.system.machines[process]!, { clock, inspect: live.inspect }).start();
    actor.send({ type: "OrderPlaced" });
    clock.increment(48 * 3_600_000);

    const wanted = ["@xstate.actor", "@xstate.event", "@xstate.snapshot"];
    const expected = live.told.filter(({ type }) => wanted.includes(type)).map(describeTold);
    // The timed-out handler is a step of its own here, and an entry action there.
    const [timedOutEvent, timedOutSnapshot] = durable.lines.slice(-2);
    expect(durable.lines.slice(0, -2)).toEqual(expected);
    expect([timedOutEvent, timedOutSnapshot]).toEqual([
      "event OrderLifecycleTimedOut",
      "snapshot timed_out done after OrderLifecycleTimedOut",
    ]);
  });

  it("names an actor after its process and instance, and gives its machine, its moments and the events with their payloads", async () => {
    const { told, inspect } = createInspector();
    const test = await open(inspect, { OrderPlaced: ({ commands }) => commands.remind!({ aggregateId: "o-1", delay: "1h" }) });
    await test.dispatch(placed);
    const { processId, startedAt, dueAt } = (await test.system.processes.find())[0]!;

    const sessionId = `${process}/${processId}`;
    for (const { rootId, actorRef } of told) expect([rootId, actorRef.sessionId]).toEqual([sessionId, sessionId]);
    const [{ actorRef }] = told as [InspectionEvent];
    expect(actorRef).toMatchObject({ id: `${process} o-1`, logic: { config: { id: process } } });
    expect(JSON.parse(JSON.stringify(actorRef.getSnapshot()))).toMatchObject({
      value: "started",
      status: "active",
      context: {},
      instance: { processId, aggregateId: "o-1", startedAt: startedAt.toISOString(), dueAt: dueAt!.toISOString() },
    });
    expect(() => actorRef.send({ type: "OrderFulfilled" })).toThrow("system.dispatch");
    expect(told[3]).toMatchObject({
      event: {
        type: "OrderPlaced",
        eventId: "e-1",
        aggregateId: "o-1",
        payload: { email: "ada@example.org" },
        handler: "on-order-placed",
        commands: [{ type: "remind" }],
      },
    });
  });

  it("tells of failures and of operators by the machine's events, and of what leaves the status by process.<kind>", async () => {
    const { told, inspect } = createInspector();
    const test = await open(inspect, { PaymentReceived: () => Promise.reject(new Error("the bank is down")) });
    await test.dispatch([placed, { type: "PaymentReceived", aggregateId: "o-1" }, { type: "OrderFulfilled", aggregateId: "o-1" }]);
    await test.advance("1m");
    told.splice(0, 5);
    expect(told.map(describeTold)).toEqual([
      "event process.attempt_failed",
      "snapshot started active after process.attempt_failed",
      "event process.failed",
      "snapshot failed active after process.failed",
      "event OrderLifecycleFailed",
      "snapshot failed active after OrderLifecycleFailed",
    ]);
    expect(told[2]).toMatchObject({ event: { event: { type: "PaymentReceived" }, error: { message: "the bank is down" }, attempt: 2 } });

    told.length = 0;
    const retried = (await test.system.deadLetters.list())[0]!;
    await test.system.deadLetters.retry(retried.id);
    await test.advance("1m");
    const discarded = (await test.system.deadLetters.list())[0]!;
    await test.system.deadLetters.discard(discarded.id, { reason: "a test order" });
    await test.settle();
    const lines = told.map(describeTold);
    expect(lines.slice(0, 2)).toEqual(["event process.resumed", "snapshot started active after process.resumed"]);
    expect(lines.slice(-2)).toEqual(["event process.discarded", "snapshot failed stopped after process.discarded"]);
  });

  it("introduces an instance that was there before, as it stood before the step", async () => {
    const inspector = createInspector();
    const test = await open(inspector.inspect);
    await test.dispatch(placed);
    await test.restart();
    inspector.told.length = 0;
    await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    expect(inspector.lines).toEqual(["actor", "event OrderFulfilled", "snapshot completed done after OrderFulfilled"]);
    expect((inspector.told[0] as InspectionEvent & { type: "@xstate.actor" }).actorRef.getSnapshot()).toMatchObject({
      value: "started",
      status: "active",
    });
  });

  it("comes after the commit", async () => {
    const seen: (string | undefined)[] = [];
    const holder: { system?: ProcessSystem } = {};
    const test = await open(async (event) => {
      if (event.type === "@xstate.snapshot") seen.push((await holder.system?.processes.find())?.[0]?.status);
    });
    holder.system = test.system;
    await test.dispatch({ ...placed });
    await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    expect(seen).toEqual(["started", "started", "completed"]);
  });

  it("may throw without harm: it is logged, all the other instances are told of, and its own is introduced again", async () => {
    const errors: string[] = [];
    const inspector = createInspector();
    let isFirst = true;
    const test = await openTestSystem({
      definitions: [defineOrder(createRecording())],
      logger: { error: (message) => void errors.push(message) },
      inspect: (event) => {
        if (!isFirst) return inspector.inspect(event);
        isFirst = false;
        throw new Error("the inspector is down");
      },
    });
    const of = (aggregateId: string) =>
      inspector.told.filter(({ actorRef }) => (actorRef as { id?: string }).id === `${process} ${aggregateId}`).map(describeTold);
    await test.dispatch(["o-1", "o-2"].map((aggregateId) => ({ type: "OrderPlaced", aggregateId })));
    await test.dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    const begin = ["actor", "event xstate.init", "snapshot started active after xstate.init"];
    const handled = ["event OrderPlaced", "snapshot started active after OrderPlaced"];
    expect(of("o-1")).toEqual(["actor", ...handled, "event OrderFulfilled", "snapshot completed done after OrderFulfilled"]);
    expect(of("o-2")).toEqual([...begin, ...handled]);
    expect(errors).toEqual(["an inspector failed"]);
    expect(test.instance("o-1")?.status).toBe("completed");
  });

  it("may be asynchronous and reject", async () => {
    const errors: string[] = [];
    const test = await openTestSystem({
      definitions: [defineOrder(createRecording())],
      logger: { error: (message) => void errors.push(message) },
      inspect: () => Promise.reject(new Error("the inspector is down")),
    });
    await test.dispatch(placed);
    expect(new Set(errors)).toEqual(new Set(["an inspector failed"]));
  });

  it("introduces an instance once, also over a stop and a start of the system", async () => {
    const inspector = createInspector();
    const { system, dispatch } = await open(inspector.inspect);
    await dispatch(placed);
    await system.stop();
    await system.start();
    await dispatch({ type: "OrderFulfilled", aggregateId: "o-1" });
    expect(inspector.lines.filter((line) => line === "actor")).toHaveLength(1);
  });

  it("introduces a failed instance as failed when the first that it is told of is its retry", async () => {
    const inspector = createInspector();
    const test = await open(inspector.inspect, { PaymentReceived: () => Promise.reject(new NonRetryableError("down")) });
    await test.dispatch([placed, { type: "PaymentReceived", aggregateId: "o-1" }]);
    await test.restart();
    inspector.told.length = 0;
    await test.retryDeadLetters();
    const [first] = inspector.told as readonly (InspectionEvent & { type: "@xstate.actor" })[];
    expect([inspector.lines[0], first!.actorRef.getSnapshot()]).toMatchObject(["actor", { value: "failed" }]);
    expect(inspector.lines[2]).toBe("snapshot started active after process.resumed");
  });

  it("takes an observer as well as a function, and refuses anything else", async () => {
    const inspector = createInspector();
    const definitions = [
      defineProcess({ aggregate: "order", name: "note", startedBy: ["OrderPlaced"], completedBy: [], timeout: "1d", on: {} }),
    ];
    const options = { definitions, store: { path: ":memory:" } } as const;
    const system = await createProcessSystem({ ...options, inspect: { next: inspector.inspect } });
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    await system.stop();
    expect(inspector.lines[0]).toBe("actor");
    await expect(createProcessSystem({ ...options, inspect: "yes" as never })).rejects.toThrow('inspect is "yes"');
  });
});
