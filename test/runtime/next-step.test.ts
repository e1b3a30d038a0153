import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { decideNextStep, type Situation } from "../../src/runtime/decide/next-step.ts";
import { NOW, storedInstance as instance } from "./rows.ts";
import { entry, routeOf } from "./situations.ts";

function decide(situation: Partial<Situation> = {}) {
  const entries = situation.entries ?? [];
  return decideNextStep({
    instance: instance(),
    entries,
    now: NOW,
    routeOf,
    hasEventBefore: (moment) => entries.some(({ kind, event }) => kind === "event" && event.occurredAt < moment),
    hasCommandBefore: () => false,
    isNewer: () => false,
    ...situation,
  });
}

describe("an instance that is started", () => {
  it("waits with nothing in its mailbox", () => {
    expect(decide()).toEqual({ step: "wait" });
  });

  it("handles its events in order, one that is due again among them", () => {
    const first = entry(1);
    expect(decide({ entries: [first, entry(2)] })).toEqual({ step: "handle", entry: first });
    const retried = entry(1, { notBefore: NOW });
    expect(decide({ entries: [retried, entry(2)] })).toEqual({ step: "handle", entry: retried });
  });

  it("lets nothing overtake an event that waits for its retry", () => {
    expect(decide({ entries: [entry(1, { notBefore: NOW + 1 }), entry(2)] })).toEqual({ step: "wait" });
  });

  it("handles handler steps before events, also where an event waits for its retry", () => {
    const own = entry(9, { kind: "timed_out", processId: "p-0" });
    expect(decide({ entries: [own, entry(1)] })).toEqual({ step: "handle", entry: own });
    expect(decide({ entries: [own, entry(1, { notBefore: NOW + 1 })] })).toEqual({ step: "handle", entry: own });
  });

  it("waits for another definition with an event that the one of today does not know, and with all that is behind it", () => {
    const unknown = entry(1, { type: "OrderShipped", occurredAt: NOW - 5 });
    expect(decide({ entries: [unknown, entry(2)] })).toEqual({ step: "await-definition", entry: unknown });
    expect(decide({ instance: instance({ dueAt: NOW - 1 }), entries: [unknown] })).toEqual({ step: "await-definition", entry: unknown });
    const late = instance({ dueAt: NOW - 5 });
    expect(decide({ instance: late, entries: [unknown] })).toEqual({ step: "time-out", instance: late, forestalled: undefined });
  });

  it("is left alone if it is of a newer version, with its events, its timeout and its handler steps", () => {
    const isNewer = (processId: string) => processId === instance().processId;
    const awaited = { step: "await-version", processId: instance().processId };
    const own = entry(9, { kind: "timed_out", processId: instance().processId });
    expect(decide({ isNewer, entries: [entry(1)] })).toEqual(awaited);
    expect(decide({ isNewer, instance: instance({ dueAt: NOW - 1 }) })).toEqual(awaited);
    expect(decide({ isNewer, entries: [own] })).toEqual(awaited);
    expect(decide({ isNewer, instance: undefined, entries: [own] })).toEqual(awaited);
    expect(decide({ isNewer, instance: instance({ status: "failed" }), entries: [own, entry(1)] })).toEqual(awaited);
    expect(decide({ isNewer })).toEqual({ step: "wait" });
  });

  it("goes on beside a handler step of an earlier instance of a newer version", () => {
    const event = entry(1);
    const own = entry(9, { kind: "timed_out", processId: "p-0" });
    expect(decide({ isNewer: (processId) => processId === "p-0", entries: [own, event] })).toEqual({ step: "handle", entry: event });
  });

  it("goes on with its events while a handler step of an earlier instance waits for its retry", () => {
    const event = entry(1);
    expect(decide({ entries: [entry(9, { kind: "timed_out", processId: "p-0", notBefore: NOW + 1 }), event] })).toEqual({
      step: "handle",
      entry: event,
    });
  });
});

describe("early events", () => {
  const early = (position: number, keptUntil: number, changes: Parameters<typeof entry>[1] = {}) =>
    entry(position, { keptUntil, ...changes });
  const none = { instance: undefined };

  it("wait while no instance is open, until the first of them goes, and are ignored then", () => {
    const [first, second] = [early(1, NOW + 20), early(2, NOW + 10)];
    expect(decide({ ...none, entries: [first, second] })).toEqual({ step: "keep", until: NOW + 10 });
    expect(decide({ ...none, entries: [first, second], now: NOW + 10 })).toEqual({ step: "ignore", entry: second });
  });

  it("hold back neither an event that starts an instance nor one that concerns nobody", () => {
    const start = entry(2, { type: "OrderPlaced", starts: true });
    expect(decide({ ...none, entries: [early(1, NOW + 20), start] })).toEqual({ step: "handle", entry: start });
    const late = entry(2);
    expect(decide({ ...none, entries: [early(1, NOW + 20), late] })).toEqual({ step: "ignore", entry: late });
  });

  it("are there for a start that was accepted before they went, whenever its turn comes, and not for a later one", () => {
    const kept = early(1, NOW - 5);
    const startAt = (acceptedAt: number) => {
      const start = entry(2, { type: "OrderPlaced", starts: true });
      return { ...start, event: { ...start.event, acceptedAt } };
    };
    const [before, after] = [startAt(NOW - 6), startAt(NOW - 5)];
    expect(decide({ ...none, entries: [kept, before] })).toEqual({ step: "handle", entry: before });
    expect(decide({ ...none, entries: [kept, after] })).toEqual({ step: "ignore", entry: kept });
  });

  it("are handled first by an instance, in order, however long they have waited", () => {
    const first = early(1, NOW - 5);
    expect(decide({ entries: [first, early(2, NOW + 5), entry(3)] })).toEqual({ step: "handle", entry: first });
  });

  it("come after the event that starts their instance, also when that is tried again, or retried by an operator", () => {
    const kept = early(1, NOW + 20);
    const tried = entry(2, { type: "OrderPlaced", notBefore: NOW });
    expect(decide({ entries: [kept, tried] })).toEqual({ step: "handle", entry: tried });
    const waiting = entry(2, { type: "OrderPlaced", notBefore: NOW + 1 });
    expect(decide({ entries: [kept, waiting] })).toEqual({ step: "wait" });
    const retried = entry(2, { type: "OrderPlaced", generation: 1 });
    expect(decide({ entries: [kept, retried] })).toEqual({ step: "handle", entry: retried });
  });

  it("begin an instance if the definition of today says so", () => {
    const kept = early(1, NOW + 20, { type: "OrderPlaced" });
    expect(decide({ ...none, entries: [kept] })).toEqual({ step: "handle", entry: kept });
  });
});

describe("the timeout", () => {
  const due = instance({ dueAt: NOW });

  it("comes at its moment and not a millisecond before", () => {
    expect(decide({ instance: due })).toEqual({ step: "time-out", instance: due, forestalled: undefined });
    expect(decide({ instance: instance({ dueAt: NOW + 1 }) })).toEqual({ step: "wait" });
    expect(decide({ instance: instance({ dueAt: null }) })).toEqual({ step: "wait" });
  });

  it("comes before a timer of the chart that is due at the same moment, and after one that is due before", () => {
    const timerAt = (dueAt: number) => JSON.stringify({ history: {}, invocations: [], timers: [{ id: "waiting after 3d", dueAt }] });
    const both = { ...due, chart: timerAt(NOW) };
    expect(decide({ instance: both })).toEqual({ step: "time-out", instance: both, forestalled: undefined });
    expect(decide({ instance: { ...due, chart: timerAt(NOW - 1) } })).toMatchObject({ step: "fire", timer: { dueAt: NOW - 1 } });
  });

  it("lets an event go first that occurred before the deadline, and none that occurred at it or after", () => {
    const before = entry(1, { occurredAt: NOW - 1 });
    expect(decide({ instance: due, entries: [before] })).toEqual({ step: "handle", entry: before });
    expect(decide({ instance: due, entries: [entry(1, { occurredAt: NOW })] })).toEqual({
      step: "time-out",
      instance: due,
      forestalled: undefined,
    });
  });

  it("lets the events go first behind which one waits that occurred before the deadline", () => {
    const after = entry(1, { occurredAt: NOW });
    expect(decide({ instance: due, entries: [after, entry(2, { occurredAt: NOW - 5 })] })).toEqual({ step: "handle", entry: after });
  });

  it("comes before a retry that is due after it, and drops it, also when both have passed", () => {
    const late = instance({ dueAt: NOW - 100 });
    for (const notBefore of [NOW - 50, NOW, NOW + 50]) {
      const retry = entry(1, { notBefore, occurredAt: NOW - 500 });
      expect(decide({ instance: late, entries: [retry] })).toEqual({ step: "time-out", instance: late, forestalled: retry });
    }
  });

  it("comes after the retries of an event from before it that came to its first attempt at the deadline or after", () => {
    const late = instance({ dueAt: NOW - 100 });
    for (const firstFailedAt of [NOW - 100, NOW - 50]) {
      const changes = { firstFailedAt, occurredAt: NOW - 500 };
      const due = entry(1, { ...changes, notBefore: NOW });
      expect(decide({ instance: late, entries: [due] })).toEqual({ step: "handle", entry: due });
      expect(decide({ instance: late, entries: [entry(1, { ...changes, notBefore: NOW + 50 })] })).toEqual({ step: "wait" });
    }
    const inTime = entry(1, { firstFailedAt: NOW - 101, occurredAt: NOW - 500, notBefore: NOW });
    expect(decide({ instance: late, entries: [inTime] })).toEqual({ step: "time-out", instance: late, forestalled: inTime });
  });

  it("waits for the retry of an event behind which one from before it waits, and drops the retry of one from after it", () => {
    const late = instance({ dueAt: NOW - 100 });
    const after = entry(1, { firstFailedAt: NOW - 50, notBefore: NOW + 50, occurredAt: NOW - 80 });
    expect(decide({ instance: late, entries: [after, entry(2, { occurredAt: NOW - 500 })] })).toEqual({ step: "wait" });
    expect(decide({ instance: late, entries: [after] })).toEqual({ step: "time-out", instance: late, forestalled: after });
  });

  it("comes after a retry that was due before it or at the same moment", () => {
    const late = instance({ dueAt: NOW - 100 });
    for (const notBefore of [NOW - 200, NOW - 100]) {
      const retry = entry(1, { notBefore, occurredAt: NOW - 500 });
      expect(decide({ instance: late, entries: [retry] })).toEqual({ step: "handle", entry: retry });
    }
  });

  it("does not come for a failed instance", () => {
    expect(decide({ instance: instance({ status: "failed", dueAt: NOW - 1 }) })).toEqual({ step: "wait" });
  });
});

describe("the step of a timed-out handler", () => {
  const step = entry(9, { kind: "timed_out", processId: "p-0", occurredAt: NOW - 7 });
  const dueAt = (moment: number) => ({
    hasCommandBefore: (processId: string, before: number) => processId === "p-0" && moment < before,
  });

  it("waits for a command of its instance that was due before it, and holds back what is behind it", () => {
    expect(decide({ entries: [step], ...dueAt(NOW - 8) })).toEqual({ step: "await-command" });
    expect(decide({ instance: instance({ dueAt: NOW }), entries: [step, entry(10)], ...dueAt(NOW - 8) })).toEqual({
      step: "await-command",
    });
    expect(decide({ entries: [step], ...dueAt(NOW - 7) })).toEqual({ step: "handle", entry: step });
  });

  it("does not wait once it has been tried, or as an operator retries it, and no other step does", () => {
    for (const changes of [{ attempts: 1, notBefore: NOW }, { generation: 1 }, { kind: "failed" }] as const) {
      const other = { ...step, ...changes };
      expect(decide({ entries: [other], ...dueAt(NOW - 8) })).toEqual({ step: "handle", entry: other });
    }
    const other = entry(10, { kind: "failed", processId: "p-1" });
    expect(decide({ entries: [step, other], ...dueAt(NOW - 8) })).toEqual({ step: "handle", entry: other });
  });
});

describe("an instance that is failed", () => {
  it("handles none of its events, and its failed handler all the same", () => {
    const failed = instance({ status: "failed" });
    expect(decide({ instance: failed, entries: [entry(1)] })).toEqual({ step: "wait" });
    const own = entry(9, { kind: "failed", processId: "p-1" });
    expect(decide({ instance: failed, entries: [own, entry(1)] })).toEqual({ step: "handle", entry: own });
    expect(decide({ instance: failed, entries: [{ ...own, notBefore: NOW + 1 }, entry(1)] })).toEqual({ step: "wait" });
  });
});

describe("without an open instance", () => {
  it("an event that starts one is handled, any other is passed over", () => {
    const starting = entry(1, { type: "OrderPlaced" });
    expect(decide({ instance: undefined, entries: [starting] })).toEqual({ step: "handle", entry: starting });
    const other = entry(1);
    expect(decide({ instance: undefined, entries: [other, starting] })).toEqual({ step: "ignore", entry: other });
  });

  it("an event that was meant to start one, and does not by the definition of today, waits for another definition; one that was not is passed over", () => {
    for (const type of ["PaymentReceived", "OrderShipped"]) {
      const meant = entry(1, { type, starts: true });
      expect(decide({ instance: undefined, entries: [meant, entry(2, { type: "OrderPlaced" })] })).toEqual({
        step: "await-definition",
        entry: meant,
      });
      const other = entry(1, { type });
      expect(decide({ instance: undefined, entries: [other] })).toEqual({ step: "ignore", entry: other });
    }
  });

  it("an event that starts one and failed waits for its retry", () => {
    expect(decide({ instance: undefined, entries: [entry(1, { type: "OrderPlaced", notBefore: NOW + 1 })] })).toEqual({ step: "wait" });
  });
});

it("never handles an event out of order, before its moment, or of a failed instance; never times out early", () => {
  const anyEntries = fc.array(
    fc.record({
      notBefore: fc.option(fc.integer({ min: NOW - 9, max: NOW + 9 })),
      firstFailedAt: fc.integer({ min: NOW - 9, max: NOW + 9 }),
      occurredAt: fc.integer({ min: NOW - 9, max: NOW + 9 }),
      kind: fc.constantFrom("event" as const, "event" as const, "timed_out" as const),
      type: fc.constantFrom("OrderPlaced", "PaymentReceived"),
    }),
    { maxLength: 4 },
  );
  const anyInstance = fc.option(
    fc.record({
      status: fc.constantFrom("started" as const, "failed" as const),
      dueAt: fc.option(fc.integer({ min: NOW - 9, max: NOW + 9 })),
    }),
    { nil: undefined },
  );
  fc.assert(
    fc.property(anyEntries, anyInstance, (records, changes) => {
      const all = records.map((record, index) => entry(index + 1, record));
      const entries = [...all.filter(({ kind }) => kind !== "event"), ...all.filter(({ kind }) => kind === "event")];
      const open = changes === undefined ? undefined : instance(changes);
      const next = decide({ instance: open, entries });
      const head = entries.find(({ kind }) => kind === "event");
      if (next.step === "handle" || next.step === "ignore") {
        if (next.entry.kind === "event") expect(next.entry).toBe(head);
        if (next.entry.kind === "event") expect(open?.status).not.toBe("failed");
      }
      if (next.step === "handle") expect(next.entry.notBefore ?? 0).toBeLessThanOrEqual(NOW);
      if (next.step === "time-out") {
        expect(open).toMatchObject({ status: "started" });
        expect(open!.dueAt).toBeLessThanOrEqual(NOW);
      }
      // It never waits where an event could be handled: the head is due and nothing holds it back.
      if (next.step === "wait" && head !== undefined && (head.notBefore ?? 0) <= NOW) expect(open?.status).toBe("failed");
    }),
    { numRuns: 500 },
  );
});
