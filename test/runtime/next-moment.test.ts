import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { type KeyState, nextMoment } from "../../src/runtime/decide/next-moment.ts";
import { decideNextStep } from "../../src/runtime/decide/next-step.ts";
import type { CommandRecord } from "../../src/store/commands.ts";
import { NOW, storedCommand, storedInstance as instance } from "./rows.ts";
import { entry, routeOf } from "./situations.ts";

const AT_ONCE = Number.NEGATIVE_INFINITY;

function command(changes: Partial<CommandRecord> = {}): CommandRecord {
  return storedCommand({ attempts: (changes.notBefore ?? null) === null ? 0 : 1, ...changes });
}

function key(state: Partial<KeyState> = {}): KeyState {
  const { entries = [], lanes = [] } = state;
  return {
    instance: undefined,
    entries,
    lanes,
    routeOf,
    hasEventBefore: (moment) => entries.some(({ kind, event }) => kind === "event" && event.occurredAt < moment),
    hasCommandBefore: (processId, moment) =>
      lanes.some(([first]) => first?.processId === processId && first.attempts === 0 && first.dueAt < moment),
    isNewer: () => false,
    ...state,
  };
}

const started = instance({ dueAt: NOW });
const untimed = instance({ dueAt: null });
const failed = instance({ status: "failed", dueAt: NOW });
const own = (notBefore: number | null) => entry(9, { kind: "timed_out", processId: "p-0", notBefore });
const placed = (notBefore: number | null = null) => entry(1, { type: "OrderPlaced", notBefore });
const paid = (notBefore: number | null = null, occurredAt = NOW - 5) => entry(2, { notBefore, occurredAt });
const unknown = (starts: boolean) => entry(3, { type: "OrderShipped", starts, occurredAt: NOW - 5 });

const cases: Readonly<Record<string, readonly [KeyState, number | undefined]>> = {
  "nothing is there": [key(), undefined],
  "an open instance without a timeout waits for events": [key({ instance: untimed }), undefined],
  "an open instance has a timeout": [key({ instance: started }), NOW],
  "an event waits": [key({ instance: started, entries: [paid()] }), AT_ONCE],
  "an event waits for its retry": [key({ instance: untimed, entries: [paid(NOW + 7)] }), NOW + 7],
  "what is behind a retry waits for it": [key({ instance: untimed, entries: [placed(NOW + 7), paid()] }), NOW + 7],
  "a retry is due before the timeout": [key({ instance: started, entries: [paid(NOW - 7)] }), NOW - 7],
  "a retry is due after the timeout, which drops it": [key({ instance: started, entries: [paid(NOW + 7)] }), NOW],
  "an event from before the deadline waits for its retry, and its first attempt came after the deadline": [
    key({ instance: started, entries: [entry(2, { notBefore: NOW + 7, firstFailedAt: NOW + 3, occurredAt: NOW - 5 })] }),
    NOW + 7,
  ],
  "an event that occurred after the deadline waits for its retry": [key({ instance: started, entries: [paid(NOW - 3, NOW + 1)] }), NOW - 3],
  "an event that starts an instance waits for its retry": [key({ entries: [placed(NOW + 7)] }), NOW + 7],
  "an event concerns nobody": [key({ entries: [paid(NOW + 7)] }), AT_ONCE],
  "an event waits for another definition, and what is behind it as well": [
    key({ instance: untimed, entries: [unknown(false), paid()] }),
    undefined,
  ],
  "the timeout waits for another definition, as an event before its deadline does": [
    key({ instance: started, entries: [unknown(false)] }),
    undefined,
  ],
  "an instance is of a newer version, and so its events, its timeout, its handler steps and its commands wait": [
    key({ instance: started, entries: [own(null), paid()], lanes: [[command({ dueAt: NOW })]], isNewer: () => true }),
    undefined,
  ],
  "an event that was meant to start an instance waits for another definition": [key({ entries: [unknown(true)] }), undefined],
  "a handler step waits": [key({ entries: [own(null)] }), AT_ONCE],
  "a timed-out handler's step waits for a command that was due before it, and holds back an event": [
    key({
      instance: untimed,
      entries: [entry(9, { kind: "timed_out", processId: "p-1", occurredAt: NOW - 5 }), paid()],
      lanes: [[command({ dueAt: NOW - 6 })]],
    }),
    NOW - 6,
  ],
  "a handler step waits for its retry": [key({ entries: [own(NOW + 7)] }), NOW + 7],
  "a handler step waits for its retry, and an event does not": [key({ instance: untimed, entries: [own(NOW + 7), paid()] }), AT_ONCE],
  "events and the timeout are parked behind a dead letter": [key({ instance: failed, entries: [paid()] }), undefined],
  "a failed handler's step is not parked": [key({ instance: failed, entries: [own(NOW + 7), paid()] }), NOW + 7],
  "a command is due later": [key({ lanes: [[command({ dueAt: NOW + 9 })]] }), NOW + 9],
  "a command waits for its retry, and those behind it for the command": [
    key({ lanes: [[command({ dueAt: NOW - 9, notBefore: NOW + 4 }), command({ seq: 2, dueAt: NOW - 1 })]] }),
    NOW + 4,
  ],
  "the lanes of several instances": [key({ lanes: [[], [command({ dueAt: NOW + 9 })], [command({ dueAt: NOW + 2 })]] }), NOW + 2],
  "the soonest of several things": [key({ instance: started, entries: [own(NOW + 1)], lanes: [[command({ dueAt: NOW + 2 })]] }), NOW],
};

describe("the next moment of a key", () => {
  it.each(Object.entries(cases))("%s", (_, [state, moment]) => {
    expect(nextMoment(state)).toBe(moment);
  });

  it("is the first at which a step is decided or a command runs", () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(anyState, (state) => {
        const moment = nextMoment(state);
        kinds.add(moment === undefined ? "never" : moment === AT_ONCE ? "already" : "later");
        expect(hasWork(state, moment ?? LAST)).toBe(moment !== undefined);
        if (moment !== undefined) expect(hasWork(state, moment - 1)).toBe(moment === AT_ONCE);
      }),
      { numRuns: 2_000 },
    );
    expect([...kinds].toSorted()).toEqual(["already", "later", "never"]);
  });
});

// After all moments of `anyState`.
const LAST = NOW + 100;

function hasWork(state: KeyState, now: number): boolean {
  const { step } = decideNextStep({ ...state, now });
  // As the lane has it.
  const isCommandDue = state.lanes.some(([first]) => first !== undefined && first.dueAt <= now && (first.notBefore ?? now) <= now);
  return (step !== "wait" && step !== "keep" && step !== "await-definition" && step !== "await-command") || isCommandDue;
}

const anyMoment = fc.integer({ min: NOW - 9, max: NOW + 9 });

const anyEntry = fc.record({
  notBefore: fc.option(anyMoment),
  firstFailedAt: anyMoment,
  occurredAt: anyMoment,
  kind: fc.constantFrom("event" as const, "event" as const, "timed_out" as const),
  processId: fc.constantFrom("p-0", "p-1"),
  type: fc.constantFrom("OrderPlaced", "PaymentReceived", "OrderShipped"),
  starts: fc.boolean(),
  keptUntil: fc.option(anyMoment),
});

const anyInstance = fc
  .record({ status: fc.constantFrom("started" as const, "failed" as const), dueAt: fc.option(anyMoment) })
  .map(instance);

const anyLane = fc.array(fc.record({ dueAt: anyMoment, notBefore: fc.option(anyMoment) }).map(command), { maxLength: 2 });

const anyState = fc
  .record({
    records: fc.array(anyEntry, { maxLength: 4 }),
    open: fc.option(anyInstance, { nil: undefined }),
    lanes: fc.array(anyLane, { maxLength: 2 }),
  })
  .map(({ records, open, lanes }) => {
    const all = records.map((record, index) => entry(index + 1, record));
    return key({
      instance: open,
      entries: [...all.filter(({ kind }) => kind !== "event"), ...all.filter(({ kind }) => kind === "event")],
      lanes,
    });
  });
