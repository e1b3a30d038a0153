import { describe, expect, test as it } from "vitest";
import type { Status } from "../../src/definition/model/instance.ts";
import { recordError } from "../../src/record/error-record.ts";
import { decideCommandGivenUp, decideCommandHandled, decideCommandRetried } from "../../src/runtime/decide/decide-command.ts";
import type { StepKind } from "../../src/store/mailbox.ts";
import { createMachine, DEADLINE, key, NOW, readJournal, storedCommand, storedEvent, storedInstance } from "./rows.ts";

const machine = createMachine();
const down = new Error("the printer is on fire");
const source = { from: "command", lane: "p-1", seq: 4 };

describe("a command that was executed", () => {
  it("is used up, and its events go with it", () => {
    const events = [storedEvent({ eventId: "e-8", type: "PaymentRefused" })];
    const changes = decideCommandHandled(key, storedCommand({ attempts: 1 }), events, NOW);
    expect(changes).toMatchObject({ key, source, events });
    expect(changes).not.toHaveProperty("instance");
    expect(readJournal(changes)).toEqual([
      {
        processId: "p-1",
        at: NOW,
        kind: "command_handled",
        command: { commandId: "c-4", type: "charge" },
        attempt: 2,
        dueAt: NOW - 200,
        events: [{ eventId: "e-8", type: "PaymentRefused" }],
      },
    ]);
  });

  it("says nothing of events where it returned none", () => {
    expect(readJournal(decideCommandHandled(key, storedCommand(), [], NOW))[0]).not.toHaveProperty("events");
  });
});

describe("a command that will be tried again", () => {
  it.each<[number, number | null, number]>([
    [0, null, NOW],
    [2, NOW - 9_000, NOW - 9_000],
  ])("after %i failed attempts counts one more, and keeps the moment of its first failure", (attempts, first, firstFailedAt) => {
    const changes = decideCommandRetried(key, storedCommand({ attempts, firstFailedAt: first }), {
      error: down,
      retryAt: NOW + 50,
      now: NOW,
    });
    expect(changes.source).toEqual({ ...source, failure: { attempts: attempts + 1, notBefore: NOW + 50, firstFailedAt } });
    expect(changes).not.toHaveProperty("instance");
    expect(readJournal(changes)).toMatchObject([
      { kind: "command_attempt_failed", attempt: attempts + 1, retryAt: NOW + 50, error: { message: "the printer is on fire" } },
    ]);
  });
});

describe("a command that is given up", () => {
  interface Case {
    readonly origin: StepKind;
    readonly status: Status;
    /** Whether the instance has ended. */
    readonly ended?: true;
    /** Whether its definition was removed. */
    readonly removed?: true;
    readonly blocks: boolean;
    readonly fails: boolean;
  }

  it.each<Case>([
    { origin: "event", status: "started", blocks: true, fails: true },
    { origin: "event", status: "failed", blocks: true, fails: false },
    { origin: "event", status: "completed", ended: true, blocks: false, fails: false },
    { origin: "event", status: "timed_out", ended: true, blocks: false, fails: false },
    { origin: "event", status: "started", removed: true, blocks: false, fails: false },
    { origin: "failed", status: "failed", blocks: false, fails: false },
    { origin: "timed_out", status: "timed_out", ended: true, blocks: false, fails: false },
  ])("of %o", ({ origin, status, ended, removed, blocks, fails }) => {
    const instance = storedInstance({ status, endedAt: ended === undefined ? null : NOW - 1 });
    const context = { machine: removed === undefined ? machine : undefined, instance, command: storedCommand({ origin }), now: NOW };
    const changes = decideCommandGivenUp(context, recordError(down), "d-1");
    expect(changes).toMatchObject({ key, source });
    expect(changes.deadLetter).toMatchObject({ kind: "command", blocks });
    expect(changes.parkCommandsOf).toBe(blocks ? "p-1" : undefined);
    expect(changes.replaces).toEqual(fails ? instance : undefined);
    expect(changes.followUp?.kind).toBe(fails ? "failed" : undefined);
    expect(readJournal(changes).map(({ kind }) => kind)).toEqual(fails ? ["command_failed", "failed"] : ["command_failed"]);
  });

  it("fails its instance, which keeps its deadline", () => {
    const changes = decideCommandGivenUp(
      { machine, instance: storedInstance(), command: storedCommand(), now: NOW },
      recordError(down),
      "d-1",
    );
    const row = { status: "failed", endedAt: null, dueAt: DEADLINE, revision: 4, updatedAt: NOW, fingerprint: machine.fingerprint };
    expect(changes.instance).toEqual({ ...storedInstance(), ...row });
  });

  it("leaves a letter with the whole command, and tells the failed handler of it in the command's chain", () => {
    const command = storedCommand({ attempts: 3, firstFailedAt: NOW - 9_000, generation: 1 });
    const changes = decideCommandGivenUp({ machine, instance: storedInstance(), command, now: NOW }, recordError(down), "d-1");
    const { deadLetter, followUp } = changes;
    expect(deadLetter).toMatchObject({ handler: "charge", attempts: 4, generation: 1, firstFailedAt: NOW - 9_000, lastFailedAt: NOW });
    expect(JSON.parse(deadLetter!.subject)).toEqual(command);
    expect(followUp!.event).toMatchObject({ type: "OrderLifecycleFailed", correlationId: "e-1", causationId: "c-4" });
    expect(JSON.parse(followUp!.event.payload)).toMatchObject({
      failedCommand: { commandId: "c-4", type: "charge", aggregateId: "payment-1", payload: { cents: 100 }, dueAt: NOW - 200 },
      attempts: 4,
      deadLetterId: "d-1",
    });
  });
});
