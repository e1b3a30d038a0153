import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import SqliteDatabase from "better-sqlite3";
import { createProcessSystem, ProcessError } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { defineLifecycle } from "../support/define-lifecycle.ts";
import { openShop, placed } from "./open-shop.ts";
import { causesOf, idOf, openRecording } from "./recording.ts";

describe("the spans of an order", () => {
  it("are one story of links: dispatch, step, command, and the step of the event that the command returned", async () => {
    const { recording, test } = await openShop();
    await test.dispatch(placed);
    const names = ["dispatch OrderPlaced", "handle OrderPlaced", "execute packOrder", "handle OrderFulfilled"];
    expect(recording.names()).toEqual(names);
    const [dispatched, step, command, last] = names.map(recording.span);
    expect([step, command, last].map((span) => causesOf(span!))).toEqual([dispatched, step, command].map((span) => [idOf(span!)]));
    // Each is in a trace of its own, because days may lie between.
    expect(new Set([dispatched, step, command, last].map((span) => span!.spanContext().traceId)).size).toBe(4);
    expect([step, command, last].map((span) => span!.parentSpanContext)).toEqual([undefined, undefined, undefined]);
    expect([dispatched, step, command].map((span) => span!.kind)).toEqual([SpanKind.PRODUCER, SpanKind.CONSUMER, SpanKind.CONSUMER]);
  });

  it("name process, instance, event, command, attempt and outcome in a namespace of Perdure's, and nothing of a payload", async () => {
    const { recording, test } = await openShop();
    await test.dispatch({ ...placed, correlationId: "cart-7" });
    const of = { "perdure.aggregate_id": "o-1", "perdure.correlation_id": "cart-7" };
    const event = { "perdure.event.type": "OrderPlaced", "perdure.event.id": "placed" };
    expect(recording.span("dispatch OrderPlaced").attributes).toEqual({ ...of, ...event, "perdure.outcome": "accepted" });
    const instance = { "perdure.process.name": "order/order-lifecycle", "perdure.process.id": test.instance("o-1")!.processId };
    expect(recording.span("handle OrderPlaced").attributes).toEqual({
      ...of,
      ...event,
      ...instance,
      "perdure.kind": "step",
      "perdure.step": "event",
      "perdure.handler": "on-order-placed",
      "perdure.attempt": 1,
      "perdure.outcome": "handled",
    });
    expect(recording.span("execute packOrder").attributes).toEqual({
      ...of,
      ...instance,
      "perdure.kind": "command",
      "perdure.command.name": "packOrder",
      "perdure.command.id": test.commands()[0]!.commandId,
      "perdure.attempt": 1,
      "perdure.outcome": "handled",
    });
    for (const name of recording.names()) expect(JSON.stringify(recording.span(name).attributes)).not.toContain("ada@example.org");
  });

  it("have one for each attempt, with the error of that, and what fails for good is the cause of the failed handler's step", async () => {
    const error = Object.assign(new Error("the press is jammed"), { code: "JAMMED" });
    const { recording, test } = await openShop({
      pack: () => {
        throw error;
      },
      onFailed: () => {},
    });
    await test.dispatch(placed);
    await test.advance("1s");
    const attempts = recording.spans("execute packOrder");
    expect(attempts.map(({ attributes }) => [attributes["perdure.attempt"], attributes["perdure.outcome"]])).toEqual([
      [1, "retried"],
      [2, "given_up"],
    ]);
    const step = recording.span("handle OrderPlaced");
    for (const attempt of attempts) {
      expect(causesOf(attempt)).toEqual([idOf(step)]);
      expect(attempt.status).toEqual({ code: SpanStatusCode.ERROR, message: "the press is jammed" });
      expect(attempt.attributes["error.type"]).toBe("JAMMED");
      expect(attempt.events.map(({ name, attributes }) => [name, attributes?.["exception.message"]])).toEqual([
        ["exception", "the press is jammed"],
      ]);
    }
    expect(causesOf(recording.span("handle OrderLifecycleFailed"))).toEqual([idOf(attempts[1]!)]);
  });

  it("of a handler that hangs end with its time limit", async () => {
    const { recording, test } = await openShop({
      on: { OrderPlaced: () => new Promise(() => {}) },
      processes: { handlerTimeout: "10s", retry: { maxRetries: 0 } },
      patienceMs: 1,
    });
    await test.dispatch(placed);
    await test.advance("10s");
    const { attributes } = recording.span("handle OrderPlaced");
    expect([attributes["perdure.outcome"], attributes["error.type"]]).toEqual(["given_up", "HANDLER_TIMEOUT"]);
  });

  it("have one for a step without a handler, too", async () => {
    const { recording, test } = await openShop({ on: { OrderPlaced: undefined } });
    await test.dispatch(placed);
    const step = recording.span("handle OrderPlaced");
    expect(causesOf(step)).toEqual([idOf(recording.span("dispatch OrderPlaced"))]);
    expect(step.attributes).not.toHaveProperty("perdure.handler");
  });
});

describe("the cause of an attempt", () => {
  it("of a policy is the dispatch of its event, and that of the policy's command is the policy's attempt", async () => {
    const { recording, test } = await openShop({ hasPolicy: true, on: { OrderPlaced: () => {} } });
    await test.dispatch(placed);
    const policy = recording.spans("handle OrderPlaced").find(({ attributes }) => attributes["perdure.kind"] === "policy")!;
    expect(policy.attributes["perdure.policy.name"]).toBe("order/tell-stock");
    expect(causesOf(policy)).toEqual([idOf(recording.span("dispatch OrderPlaced"))]);
    expect(causesOf(recording.span("execute remind"))).toEqual([idOf(policy)]);
  });

  it("of a command from outside is its dispatch", async () => {
    const { recording, test } = await openShop();
    await test.system.commands["remind"]!({ aggregateId: "o-1" });
    await test.settle();
    expect(causesOf(recording.span("execute remind"))).toEqual([idOf(recording.span("dispatch remind"))]);
  });

  it("of an enqueued event is the span of enqueue, and of a row with a traceparent what the row says", async () => {
    const { recording, test, database } = await openShop({ on: { OrderPlaced: () => {} } });
    test.system.enqueue({ type: "OrderPlaced", aggregateId: "o-1" });
    await test.settle();
    expect(causesOf(recording.span("handle OrderPlaced"))).toEqual([idOf(recording.span("enqueue OrderPlaced"))]);
    const insert = database.prepare("INSERT INTO perdure_inbox (type, aggregate_id, traceparent) VALUES ('OrderBooked', 'o-1', ?)");
    insert.run(`00-${"a".repeat(32)}-${"b".repeat(16)}-01`);
    await test.settle();
    expect(causesOf(recording.span("handle OrderBooked"))).toEqual(["b".repeat(16)]);
    insert.run("not one");
    await test.settle();
    expect(recording.spans("handle OrderBooked").map((span) => causesOf(span))).toEqual([["b".repeat(16)], []]);
  });

  it("of what a transactional command returns is the command", async () => {
    const { recording, test } = await openShop({
      on: { OrderPlaced: async ({ commands, event }) => void (await commands["book"]!({ aggregateId: event.aggregateId })) },
    });
    await test.dispatch(placed);
    const booked = recording.span("execute book");
    expect(booked.attributes["perdure.outcome"]).toBe("handled");
    expect(causesOf(recording.span("handle OrderBooked"))).toEqual([idOf(booked)]);
  });

  it("is the same after days, and after a retry by an operator", async () => {
    let isBroken = true;
    const { recording, test } = await openShop({
      on: {
        OrderPlaced: async ({ commands, event }) => void (await commands["packOrder"]!({ aggregateId: event.aggregateId, delay: "3d" })),
      },
      pack: () => {
        if (isBroken) throw new Error("jammed");
      },
    });
    await test.dispatch(placed);
    await test.advance("4d");
    isBroken = false;
    await test.retryDeadLetters();
    const attempts = recording.spans("execute packOrder");
    expect(attempts).toHaveLength(3);
    for (const attempt of attempts) expect(causesOf(attempt)).toEqual([idOf(recording.span("handle OrderPlaced"))]);
  });

  it("is one span for all events of a list", async () => {
    const { recording, test } = await openShop({ on: { OrderPlaced: () => {} } });
    await test.dispatch([placed, { ...placed, eventId: "other", aggregateId: "o-2" }]);
    const dispatched = recording.span("dispatch OrderPlaced");
    expect(dispatched.attributes).toEqual({ "perdure.event.count": 2, "perdure.outcome": "accepted" });
    expect(recording.spans("handle OrderPlaced").map(causesOf)).toEqual([[idOf(dispatched)], [idOf(dispatched)]]);
  });
});

describe("the span that is active", () => {
  it("in a handler is that of its own attempt, whoever has dispatched the event or woken the instance", async () => {
    const seen: (string | undefined)[] = [];
    const look = () => void seen.push(trace.getActiveSpan()?.spanContext().spanId);
    const { recording, test } = await openShop({ on: { OrderPlaced: look, OrderBooked: look }, pack: look });
    const mine = trace.getTracer("mine").startSpan("my request");
    await context.with(trace.setSpan(context.active(), mine), () => test.dispatch(placed));
    mine.end();
    await test.dispatch({ type: "OrderBooked", aggregateId: "o-1" });
    expect(seen).toEqual(["handle OrderPlaced", "handle OrderBooked"].map((name) => idOf(recording.span(name))));
    // The acceptance is a part of the request.
    expect(recording.span("dispatch OrderPlaced").parentSpanContext?.spanId).toBe(mine.spanContext().spanId);
  });

  it("in a handler is above the spans that the handler begins, also after it has waited", async () => {
    const { recording, test } = await openShop({
      on: {
        OrderPlaced: async () => {
          await Promise.resolve();
          trace.getTracer("mine").startSpan("ask the warehouse").end();
        },
      },
    });
    await test.dispatch(placed);
    const [step, asked] = ["handle OrderPlaced", "ask the warehouse"].map(recording.span);
    expect(asked!.parentSpanContext?.spanId).toBe(idOf(step!));
    expect(asked!.spanContext().traceId).toBe(step!.spanContext().traceId);
  });

  it("in a transactional handler is that of its attempt", async () => {
    const seen: (string | undefined)[] = [];
    const { recording, test } = await openShop({
      on: { OrderPlaced: async ({ commands, event }) => void (await commands["book"]!({ aggregateId: event.aggregateId })) },
      book: () => void seen.push(trace.getActiveSpan()?.spanContext().spanId),
    });
    await test.dispatch(placed);
    expect(seen).toEqual([idOf(recording.span("execute book"))]);
  });

  it("in any handler is that of its attempt where nothing stands around it, as the test kit does", async () => {
    const recording = openRecording();
    const seen: (string | undefined)[] = [];
    const note = () => void seen.push(trace.getActiveSpan()?.spanContext().spanId);
    const database = new SqliteDatabase(":memory:");
    onTestFinished(() => void database.close());
    const order = defineLifecycle({
      OrderPlaced: async ({ commands, event: { aggregateId } }) => {
        note();
        await commands["book"]!({ aggregateId });
        await commands["pack"]!({ aggregateId });
      },
    });
    const system = await createProcessSystem({
      definitions: [order],
      commands: { book: { transaction: true, handler: note }, pack: note },
      store: { database },
      telemetry: recording.telemetry,
    });
    onTestFinished(() => system.stop());
    await system.start();
    await system.dispatch(placed);
    await system.whenIdle();
    expect(seen).toEqual(["handle OrderPlaced", "execute book", "execute pack"].map((name) => idOf(recording.span(name))));
  });
});

it("a dispatch that is refused has its error in the span, and one that is invalid has no span", async () => {
  const { recording, test } = await openShop();
  await expect(test.system.dispatch({ type: "not a type", aggregateId: "o-1" })).rejects.toThrow(ProcessError);
  expect(recording.names()).toEqual([]);
  const duplicate = { ...placed, type: "Unheard" };
  await test.system.dispatch(duplicate);
  expect(recording.span("dispatch Unheard").attributes["perdure.outcome"]).toBe("unrouted");
});

it("without telemetry nothing is recorded and nothing is stored, whatever is active", async () => {
  const { recording, test, database } = await openShop({ isTraced: false });
  const mine = trace.getTracer("mine").startSpan("my request");
  await context.with(trace.setSpan(context.active(), mine), () => test.dispatch(placed));
  expect(recording.names()).toEqual([]);
  expect(database.prepare("SELECT count(*) FROM perdure_events WHERE traceparent IS NOT NULL").pluck().get()).toBe(0);
});
