import { join } from "node:path";
import { createProcessSystem, ProcessError, type ProcessSystem } from "perdure";
import { describe, expect, onTestFinished, test as it } from "vitest";
import { Project } from "../cli/perdure.ts";
import { silentLogger } from "../support/silent-logger.ts";

async function openSystem(logger = silentLogger): Promise<ProcessSystem> {
  const system = await createProcessSystem({
    domain: join(new Project().folder, "domain"),
    store: { path: ":memory:" },
    commands: { sendWelcomeEmail: () => {} },
    logger,
  });
  onTestFinished(() => system.stop());
  await system.start();
  return system;
}

const inCircle: Record<string, unknown> = {};
inCircle["self"] = inCircle;
const withPayload = (payload: unknown) => ({ type: "OrderPlaced", aggregateId: "o-1", payload });
const shape = "An event is { type, aggregateId, payload?, eventId?, occurredAt?, correlationId?, causationId? }.";
const plainJson = "Payloads are plain JSON and match the schema of their event.";
const about = 'event (OrderPlaced), aggregate "o-1"';

describe("dispatch says what is wrong with the event, where, and what an event is, of mistake", () => {
  it.each<[string, unknown, string, string]>([
    ["9: no aggregateId", { type: "OrderPlaced" }, "event (OrderPlaced): its aggregateId is missing", shape],
    ["9: an aggregateId that is a number", { type: "OrderPlaced", aggregateId: 42 }, "its aggregateId is the number 42, not a text", shape],
    ["9: no event at all", undefined, "event: it is undefined, not an event", shape],
    ["9: no type", { aggregateId: "o-1" }, "event: its type is missing", shape],
    [
      "9: a type as other systems write them",
      { type: "order.placed", aggregateId: "o-1" },
      'its type is "order.placed", and event types are PascalCase; did you mean OrderPlaced?',
      shape,
    ],
    ["11: a Date", withPayload({ at: new Date() }), `${about}: payload.at is a Date; pass toISOString()`, plainJson],
    ["11: a Date in a list", withPayload({ lines: [{ at: new Date() }] }), "payload.lines[0].at is a Date; pass toISOString()", plainJson],
    ["11: a Map", withPayload({ lines: new Map() }), "payload.lines is a Map", plainJson],
    ["11: a number that is none", withPayload({ total: Number.NaN }), "payload.total is NaN", plainJson],
    ["11: a bigint", withPayload({ total: 1n }), "payload.total is a bigint; pass toString()", plainJson],
    ["11: a function", withPayload({ total: () => 1 }), "payload.total is a function", plainJson],
    ["12: what contains itself", withPayload(inCircle), `${about}: payload.self contains itself`, plainJson],
  ])("%s", async (_, event, says, wayOut) => {
    const system = await openSystem();
    const error: unknown = await system.dispatch(event as never).catch((thrown: unknown) => thrown);
    if (!ProcessError.is(error)) return expect.unreachable("it is refused");
    expect(error.message).toContain(says);
    expect(error.hint).toBe(`Nothing was accepted. ${wayOut}`);
  });
});

describe("a system answers mistake", () => {
  it("4 and 9, a type that no process knows, with the one that was meant, in the log", async () => {
    const warnings: string[] = [];
    const system = await openSystem({ ...silentLogger, warn: (message) => void warnings.push(message) });
    expect((await system.dispatch({ type: "OrderLost", aggregateId: "o-1" })).outcome).toBe("unrouted");
    expect((await system.dispatch({ type: "OrderPlcaed", aggregateId: "o-1" })).outcome).toBe("unrouted");
    await expect
      .poll(() => warnings)
      .toEqual([
        'no process knows the event "OrderLost", so it is not stored',
        'no process knows the event "OrderPlcaed", so it is not stored; did you mean OrderPlaced?',
      ]);
  });

  it("13, a dispatch that nobody awaits before stop, with what became of it and what to do", async () => {
    const system = await openSystem();
    const forgotten = system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" });
    await system.stop();
    await expect(forgotten).rejects.toThrow("the system was stopped before this could be stored\n  Start it again, then repeat the call.");
  });

  it("14, a dispatch before start and after stop: the first is accepted and waits, the second is refused", async () => {
    const system = await openSystem();
    await system.stop();
    await expect(system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" })).rejects.toMatchObject({
      code: "SYSTEM_STOPPED",
      hint: "Call start() to go on.",
    });
    await system.start();
    await system.start();
    expect((await system.dispatch({ type: "OrderPlaced", aggregateId: "o-1" })).outcome).toBe("accepted");
    await system.stop();
    await system.stop();
  });

  it("24 of the polish, a wait on which nobody works, with how long it was and what shows a worker", async () => {
    const system = await openSystem();
    await expect(system.processes.waitFor({ aggregateId: "o-1" }, { timeout: 20 })).rejects.toThrow(
      /was "there" within 20 ms; there is none\n {2}Check that a worker is started, as `perdure stats` says/,
    );
  });
});
