import { describe, expect, test as it } from "vitest";
import type { Status } from "../../src/definition/model/instance.ts";
import { deriveId } from "../../src/platform/ids.ts";
import { countUsedUp } from "../../src/runtime/decide/changes.ts";
import {
  decideGivenUp,
  decideHandled,
  decideIgnored,
  decideRetried,
  decideTimedOut,
  type StepContext,
} from "../../src/runtime/decide/decide-step.ts";
import { beginInstance } from "../../src/runtime/decide/instance.ts";
import type { StepKind } from "../../src/store/mailbox.ts";
import { createMachine, DEADLINE, key, mailboxEntry, NOW, readJournal, storedCommand, storedInstance } from "./rows.ts";

const machine = createMachine();
const handler = machine.definition.handlers.get("PaymentReceived");

const context = (changes: Partial<StepContext> = {}): StepContext => ({
  machine,
  instance: storedInstance(),
  entry: mailboxEntry(),
  handler,
  now: NOW,
  ...changes,
});

const down = new TypeError("the bank is down");

describe("a step that was handled", () => {
  it.each<[StepKind, string, Status, Status]>([
    ["event", "PaymentReceived", "started", "started"],
    ["event", "OrderPlaced", "started", "started"],
    ["event", "OrderFulfilled", "started", "completed"],
    ["failed", "OrderLifecycleFailed", "failed", "failed"],
    ["timed_out", "OrderLifecycleTimedOut", "timed_out", "timed_out"],
    ["failed", "OrderLifecycleFailed", "completed", "completed"],
  ])("of kind %s for %s in %s leads to %s", (kind, type, before, after) => {
    const { instance, journal } = decideHandled(
      context({ instance: storedInstance({ status: before }), entry: mailboxEntry({ kind, event: { type } }) }),
      { commands: [] },
    );
    expect(instance!.status).toBe(after);
    expect(JSON.parse(journal[0]!.data)).toMatchObject({ status: after });
  });

  it("uses up its entry, and writes the row after the one it was decided on, by the machine of today", () => {
    const changes = decideHandled(context(), { commands: [] });
    expect(changes).toMatchObject({ key, source: { from: "mailbox", position: 7 }, replaces: storedInstance(), commands: [] });
    expect(changes.instance).toEqual({ ...storedInstance(), revision: 4, updatedAt: NOW, fingerprint: machine.fingerprint });
    expect(countUsedUp(changes)).toBe(1);
  });

  it("that completes ends the instance when its event occurred, and takes its deadline away", () => {
    const entry = mailboxEntry({ event: { type: "OrderFulfilled" } });
    const changes = decideHandled(context({ entry }), { commands: [] });
    expect(changes.instance).toMatchObject({ status: "completed", endedAt: NOW - 500, dueAt: null });
    expect(readJournal(changes)).toMatchObject([{ kind: "completed", at: NOW }]);
  });

  it("of an instance that has ended does not end it again", () => {
    const ended = storedInstance({ status: "completed", endedAt: NOW - 9_000, dueAt: null });
    const changes = decideHandled(context({ instance: ended, entry: mailboxEntry({ kind: "failed" }) }), { commands: [] });
    expect(changes.instance).toMatchObject({ status: "completed", endedAt: NOW - 9_000 });
    expect(readJournal(changes)).toMatchObject([{ kind: "handled" }]);
  });

  it("that only goes on keeps the deadline", () => {
    expect(decideHandled(context(), { commands: [] }).instance).toMatchObject({ endedAt: null, dueAt: DEADLINE });
  });

  it("tells the journal of its event, its handler, its attempt and what it dispatched", () => {
    const commands = [storedCommand()];
    const changes = decideHandled(context({ entry: mailboxEntry({ attempts: 2 }) }), { commands });
    expect(changes.commands).toBe(commands);
    expect(readJournal(changes)).toEqual([
      {
        processId: "p-1",
        at: NOW,
        kind: "handled",
        status: "started",
        event: { eventId: "e-7", type: "PaymentReceived" },
        handler: "on-payment-received",
        attempt: 3,
        commands: [{ commandId: "c-4", type: "charge", dueAt: NOW - 200 }],
      },
    ]);
  });

  it("without a handler had no attempt", () => {
    const [entry] = readJournal(decideHandled(context({ handler: undefined }), { commands: [] }));
    expect(entry).not.toHaveProperty("attempt");
    expect(entry).not.toHaveProperty("handler");
  });

  it("that begins its instance says so first, with the deadline", () => {
    const entry = mailboxEntry({ event: { type: "OrderPlaced" }, starts: true });
    const instance = beginInstance(machine, entry, "p-1", NOW);
    const changes = decideHandled(context({ instance, entry }), { commands: [] });
    expect(changes.instance).toMatchObject({ revision: 1, status: "started" });
    const dueAt = NOW - 500 + 7 * 86_400_000;
    expect(readJournal(changes)).toMatchObject([{ kind: "started", status: "started", dueAt }, { kind: "handled" }]);
  });
});

describe("a step that will be tried again", () => {
  it.each<[number, number | null, number]>([
    [0, null, NOW],
    [2, NOW - 9_000, NOW - 9_000],
  ])("after %i failed attempts counts one more, and keeps the moment of its first failure", (attempts, first, firstFailedAt) => {
    const changes = decideRetried(context({ entry: mailboxEntry({ attempts, firstFailedAt: first }) }), down, NOW + 50);
    expect(changes.source).toEqual({
      from: "mailbox",
      position: 7,
      failure: { attempts: attempts + 1, notBefore: NOW + 50, firstFailedAt },
    });
    expect(readJournal(changes)).toMatchObject([
      { kind: "attempt_failed", attempt: attempts + 1, retryAt: NOW + 50, error: { name: "TypeError", message: "the bank is down" } },
    ]);
  });

  it("keeps its entry, the status and the deadline", () => {
    const changes = decideRetried(context(), down, NOW + 50);
    expect(countUsedUp(changes)).toBe(0);
    expect(changes.instance).toMatchObject({ status: "started", dueAt: DEADLINE, endedAt: null, revision: 4 });
    expect(changes.deadLetter).toBeUndefined();
  });
});

describe("a step that is given up", () => {
  it.each<[StepKind, Status, Status, boolean, string]>([
    ["event", "started", "failed", true, "failed"],
    ["timed_out", "timed_out", "timed_out", false, "step_failed"],
    ["failed", "failed", "failed", false, "step_failed"],
    ["failed", "completed", "completed", false, "step_failed"],
  ])("of kind %s in %s leads to %s", (kind, before, after, blocks, journalKind) => {
    const changes = decideGivenUp(context({ instance: storedInstance({ status: before }), entry: mailboxEntry({ kind }) }), down, "d-1");
    expect(changes.instance).toMatchObject({ status: after, endedAt: null, dueAt: DEADLINE });
    expect(changes.deadLetter).toMatchObject({ kind, blocks });
    expect(readJournal(changes)).toMatchObject([{ kind: journalKind, status: after, deadLetterId: "d-1" }]);
    expect(changes.followUp?.kind).toBe(blocks ? "failed" : undefined);
  });

  it("leaves an open letter with all that a retry needs", () => {
    const entry = mailboxEntry({ attempts: 3, firstFailedAt: NOW - 9_000, generation: 2 });
    const { deadLetter } = decideGivenUp(context({ entry }), down, "d-1");
    const { error, subject, ...letter } = deadLetter!;
    expect(letter).toEqual({
      ...key,
      deadLetterId: "d-1",
      processId: "p-1",
      kind: "event",
      handler: "on-payment-received",
      generation: 2,
      blocks: true,
      attempts: 4,
      firstFailedAt: NOW - 9_000,
      lastFailedAt: NOW,
      status: "open",
      settledAt: null,
      settledBy: null,
      reason: null,
      retriedWith: null,
    });
    expect(JSON.parse(subject)).toEqual(entry.event);
    expect(JSON.parse(error)).toMatchObject({ name: "TypeError", message: "the bank is down" });
  });

  it("is named by its event where the handler is missing", () => {
    expect(decideGivenUp(context({ handler: undefined }), down, "d-1").deadLetter!.handler).toBe("PaymentReceived");
  });

  it("tells the failed handler what failed, in the chain of the event", () => {
    const { followUp } = decideGivenUp(context(), down, "d-1");
    expect(followUp).toMatchObject({ kind: "failed", processId: "p-1" });
    const { payload, ...event } = followUp!.event;
    expect(event).toEqual({
      eventId: deriveId("p-1/Failed/4"),
      type: "OrderLifecycleFailed",
      aggregateId: "o-1",
      occurredAt: NOW,
      acceptedAt: NOW,
      correlationId: "e-7",
      causationId: "e-7",
    });
    expect(JSON.parse(payload)).toMatchObject({
      failedEvent: { eventId: "e-7", payload: { cents: 100 } },
      error: { message: "the bank is down" },
      attempts: 1,
      deadLetterId: "d-1",
    });
  });

  it("is followed by nothing where no failed handler is", () => {
    expect(decideGivenUp(context({ machine: createMachine({ onFailed: undefined as never }) }), down, "d-1").followUp).toBeUndefined();
  });
});

describe("an event that concerns nobody", () => {
  it("is used up and counted, and leaves no trace in the journal", () => {
    expect(decideIgnored(mailboxEntry())).toEqual({ key, source: { from: "mailbox", position: 7 }, isIgnored: true, journal: [] });
  });
});

describe("a timeout", () => {
  const instance = storedInstance({ dueAt: NOW - 10 });

  it("ends the instance at its deadline, not at the moment of its turn, and is followed by its handler's step", () => {
    const changes = decideTimedOut(machine, instance, undefined, NOW);
    expect(changes.source).toEqual({ from: "timeout", unlessBefore: NOW - 10 });
    expect(changes.instance).toMatchObject({ status: "timed_out", endedAt: NOW - 10, dueAt: null, updatedAt: NOW, revision: 4 });
    expect(changes.followUp).toMatchObject({
      kind: "timed_out",
      processId: "p-1",
      event: { eventId: deriveId("p-1/TimedOut/4"), type: "OrderLifecycleTimedOut", occurredAt: NOW - 10, acceptedAt: NOW },
    });
    expect(readJournal(changes)).toMatchObject([{ kind: "timed_out", at: NOW, status: "timed_out", dueAt: NOW - 10 }]);
    expect(changes.drop).toBeUndefined();
  });

  it.each<[string, number, number, boolean]>([
    ["before the deadline looks for events that came before it", NOW - 11, NOW - 99, true],
    ["at the deadline does so too", NOW - 10, NOW - 99, true],
    ["behind the deadline, of an event that was first tried there, does so too", NOW + 99, NOW - 10, true],
    ["behind the deadline holds back the events behind it", NOW + 99, NOW - 11, false],
  ])("that forestalls a retry which is due %s", (_, notBefore, firstFailedAt, looks) => {
    const changes = decideTimedOut(machine, instance, mailboxEntry({ attempts: 2, notBefore, firstFailedAt }), NOW);
    expect(changes.source).toEqual(looks ? { from: "timeout", unlessBefore: NOW - 10 } : { from: "timeout" });
    expect(changes.drop).toEqual([7]);
    expect(readJournal(changes)).toMatchObject([
      { kind: "retry_dropped", event: { eventId: "e-7", type: "PaymentReceived" }, attempt: 2 },
      { kind: "timed_out" },
    ]);
  });

  it("is followed by nothing where no timed-out handler is", () => {
    const silent = createMachine({ onTimedOut: undefined as never });
    expect(decideTimedOut(silent, instance, undefined, NOW).followUp).toBeUndefined();
  });

  it("comes also where the definition of today has none", () => {
    const timeless = createMachine({ timeout: undefined as never, onTimedOut: undefined as never });
    const changes = decideTimedOut(timeless, instance, undefined, NOW);
    expect(changes.instance).toMatchObject({ status: "timed_out", endedAt: NOW - 10, dueAt: null });
  });
});
