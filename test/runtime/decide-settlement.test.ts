import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createProcessMachine } from "../../src/machine/process-machine.ts";
import { countSettled, countUsedUp } from "../../src/runtime/decide/changes.ts";
import { decideLetterDiscarded, decideLetterRetried, type LetterContext } from "../../src/runtime/decide/decide-settlement.ts";
import type { CommandRecord } from "../../src/store/commands.ts";
import type { DeadLetterRecord } from "../../src/store/dead-letters.ts";
import type { StoredEvent } from "../../src/store/events.ts";
import type { InstanceRecord } from "../../src/store/instances.ts";

const NOW = 5_000;

const machine = createProcessMachine(
  defineProcess({
    aggregate: "order",
    name: "order-lifecycle",
    startedBy: ["OrderPlaced"],
    completedBy: [],
    on: { OrderPlaced: () => {} },
  }),
);

const instance: InstanceRecord = {
  processId: "p-1",
  process: "order/order-lifecycle",
  aggregateId: "o-1",
  status: "failed",
  startedAt: 1_000,
  endedAt: null,
  updatedAt: 2_000,
  dueAt: 9_000,
  revision: 4,
  fingerprint: machine.fingerprint,
  context: null,
  outcome: null,
  state: null,
  chart: null,
  suspended: null,
  discardAt: null,
  version: 1,
};

const storedEvent = (position: number): StoredEvent => ({
  position,
  eventId: `e-${position}`,
  type: "OrderPlaced",
  aggregateId: "o-1",
  payload: "{}",
  occurredAt: 1_000,
  acceptedAt: 1_000,
  correlationId: null,
  causationId: null,
});

const command: CommandRecord = {
  seq: 7,
  commandId: "c-7",
  type: "charge",
  aggregateId: "o-1",
  payload: "{}",
  process: "order/order-lifecycle",
  processId: "p-1",
  instanceAggregateId: "o-1",
  correlationId: "e-1",
  causationId: "e-1",
  dispatchedAt: 1_000,
  dueAt: 1_000,
  attempts: 3,
  notBefore: 3_000,
  firstFailedAt: 2_000,
  generation: 0,
  origin: "event",
  invocation: null,
  lane: null,
  key: null,
};

function letter(changes: Partial<DeadLetterRecord> = {}): DeadLetterRecord {
  return {
    deadLetterId: "l-1",
    process: "order/order-lifecycle",
    aggregateId: "o-1",
    processId: "p-1",
    kind: "event",
    handler: "on-order-placed",
    subject: JSON.stringify(storedEvent(1)),
    generation: 0,
    blocks: true,
    error: "{}",
    attempts: 4,
    firstFailedAt: 2_000,
    lastFailedAt: 3_000,
    status: "open",
    settledAt: null,
    settledBy: null,
    reason: null,
    retriedWith: null,
    ...changes,
  };
}

const context = (changes: Partial<LetterContext> = {}): LetterContext => ({
  letter: letter(),
  instance,
  machine,
  others: [],
  by: null,
  now: NOW,
  ...changes,
});

const commandLetter = (changes: Partial<DeadLetterRecord> = {}) =>
  letter({ kind: "command", handler: "charge", subject: JSON.stringify(command), ...changes });

describe("a dead letter that is retried", () => {
  it("brings its event back with a new generation, and starts the instance again with the deadline it had", () => {
    const changes = decideLetterRetried(context());
    expect(changes).toMatchObject({
      key: { process: "order/order-lifecycle", aggregateId: "o-1" },
      source: { from: "letter", settles: { deadLetterId: "l-1", status: "retried", settledAt: NOW, settledBy: null, reason: null } },
      restored: { kind: "event", event: { eventId: "e-1", position: 1 }, processId: null, generation: 1 },
      drains: true,
      releaseCommandsOf: "p-1",
      instance: { status: "started", dueAt: 9_000, endedAt: null, revision: 5, updatedAt: NOW },
    });
    expect(changes.replaces).toBe(instance);
    expect(changes.journal).toMatchObject([{ processId: "p-1", at: NOW, kind: "resumed" }]);
    expect([countUsedUp(changes), countSettled(changes)]).toEqual([-1, 1]);
  });

  it("leaves the instance failed as long as another letter holds it, and a command of it parked", () => {
    const others = [letter({ deadLetterId: "l-2" })];
    const retried = decideLetterRetried(context({ others }));
    expect(retried).not.toHaveProperty("instance");
    expect(retried).not.toHaveProperty("releaseCommandsOf");
    expect(retried).not.toHaveProperty("parkCommandsOf");
    expect(decideLetterRetried(context({ letter: commandLetter(), others }))).toMatchObject({ parkCommandsOf: "p-1" });
  });

  it("brings a command back with all its attempts", () => {
    const changes = decideLetterRetried(context({ letter: commandLetter() }));
    expect(changes.restored).toEqual({
      kind: "command",
      command: { ...command, generation: 1, attempts: 0, notBefore: null, firstFailedAt: null },
    });
    expect(countUsedUp(changes)).toBe(0);
  });

  it("of a timed-out handler neither drains nor starts anything, and its step goes back to its own instance", () => {
    const changes = decideLetterRetried(context({ letter: letter({ kind: "timed_out", blocks: false }) }));
    expect(changes.restored).toMatchObject({ kind: "timed_out", processId: "p-1" });
    expect(changes).not.toHaveProperty("drains");
    expect(changes).not.toHaveProperty("instance");
  });

  it("does not start an instance that has ended meanwhile", () => {
    const ended = { ...instance, endedAt: 4_000 };
    expect(decideLetterRetried(context({ instance: ended }))).not.toHaveProperty("instance");
  });

  it("is refused where the process is not defined any more", () => {
    expect(() => decideLetterRetried(context({ machine: undefined }))).toThrow(expect.objectContaining({ code: "PROCESS_REMOVED" }));
  });
});

describe("a dead letter that is discarded", () => {
  const parked = { events: [storedEvent(2), storedEvent(3)], commands: [command] };

  it("ends its instance, drops what is parked, and settles the other letters that hold it", () => {
    const changes = decideLetterDiscarded(context({ others: [letter({ deadLetterId: "l-2" })] }), parked, "fixed by hand");
    expect(changes).toMatchObject({
      source: {
        from: "letter",
        settles: { deadLetterId: "l-1", status: "discarded", settledAt: NOW, settledBy: null, reason: "fixed by hand" },
      },
      instance: { status: "failed", endedAt: NOW, dueAt: null, revision: 5 },
      drop: [2, 3],
      dropCommands: [{ lane: "p-1", seq: 7 }],
      settles: [{ deadLetterId: "l-2", status: "discarded", settledAt: NOW }],
    });
    expect(JSON.parse(changes.journal[0]!.data)).toMatchObject({
      reason: "fixed by hand",
      dropped: [
        { id: "e-2", type: "OrderPlaced" },
        { id: "e-3", type: "OrderPlaced" },
        { id: "c-7", type: "charge" },
      ],
    });
    expect([countUsedUp(changes), countSettled(changes)]).toEqual([2, 2]);
  });

  it("ends an instance whose definition was removed by its row alone", () => {
    const changes = decideLetterDiscarded(context({ machine: undefined }), parked, null);
    expect(changes.instance).toMatchObject({ endedAt: NOW, revision: 5, fingerprint: instance.fingerprint });
  });

  it.each([
    ["that holds nothing", context({ letter: letter({ blocks: false }) })],
    ["whose instance has ended", context({ instance: { ...instance, endedAt: 4_000 } })],
  ])("and %s is only settled", (_, only) => {
    const changes = decideLetterDiscarded(only, parked, null);
    expect(changes).not.toHaveProperty("instance");
    expect(changes).not.toHaveProperty("drop");
    expect([countUsedUp(changes), countSettled(changes)]).toEqual([0, 1]);
  });
});
