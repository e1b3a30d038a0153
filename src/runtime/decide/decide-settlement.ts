import { ProcessError } from "../../errors.ts";
import { machineEvents } from "../../machine/machine-events.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { completeCommand } from "../../record/command.ts";
import { editPolicyEvent } from "../../record/policy-attempt.ts";
import { createJournalRecord, type JournalFacts } from "../../record/journal-entry.ts";
import type { CommandRecord } from "../../store/commands.ts";
import { laneOf } from "../../definition/model/lane.ts";
import { invocationEventType, shortProcessName } from "../../definition/model/names.ts";
import type { DeadLetterRecord, LetterEnd } from "../../store/dead-letters.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { Settlement } from "../../store/intervention.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Changes, RestoredStep } from "./changes.ts";
import { endAllInvocations, reportToParent } from "./child.ts";
import { endInstance, isSuspended, revise } from "./instance.ts";
import { settleLetter } from "./settled-letter.ts";

/** An open dead letter and its instance, between two steps of that instance. */
export interface LetterContext {
  readonly letter: DeadLetterRecord;
  readonly instance: InstanceRecord;
  /** `undefined` if the definition of the process was removed. */
  readonly machine: ProcessMachine | undefined;
  /** The other open letters that hold the instance. */
  readonly others: readonly DeadLetterRecord[];
  /** Who settles it; `null` if that was not said. */
  readonly by: string | null;
  readonly now: number;
}

/** What is parked behind the letters of an instance. */
export interface Parked {
  readonly events: readonly StoredEvent[];
  readonly commands: readonly CommandRecord[];
}

/**
 * Retries a letter: the step goes back to where it was, with all its attempts and a new idempotency key, and with `payload` (JSON text) in place of
 * its own if that was edited. If no other letter holds the instance, the instance is `started` again with the timeout it had. The steps parked
 * behind the letter follow in order, each in its own commit.
 * @throws ProcessError `PROCESS_REMOVED`
 */
export function decideLetterRetried(context: LetterContext, payload?: string): Changes {
  const { letter, instance, machine, others } = context;
  if (machine === undefined) throw refuseRemoved(letter);
  const released = release(context, machine);
  const { status } = released.instance ?? instance;
  return {
    ...settle(context, { status: "retried", reason: null, retriedWith: payload ?? null }),
    restored: restore(letter, payload),
    ...released,
    // A command comes back parked like the others if another letter or a suspension still holds them.
    ...(letter.kind === "command" &&
      ((letter.blocks && others.length > 0) || isSuspended(instance)) && { parkCommandsOf: letter.processId }),
    journal: [record(context, "resumed", { status, ...(payload !== undefined && { edited: true }) })],
  };
}

/**
 * Skips a letter: its event or command is let go as if it had been handled without a handler, and changes nothing of the instance but that. What is
 * parked behind the letter follows as after a retry.
 * @throws ProcessError `PROCESS_REMOVED`, `SETTLEMENT_REFUSED`
 */
export function decideLetterSkipped(context: LetterContext, reason: string | null): Changes {
  const { letter, instance, machine } = context;
  if (machine === undefined) throw refuseRemoved(letter);
  const problem = findSkipProblem(context, machine);
  if (problem !== undefined) {
    throw new ProcessError("SETTLEMENT_REFUSED", `dead letter "${letter.deadLetterId}" cannot be skipped: ${problem}`, {
      hint: "Retry the letter, or discard it.",
      details: { deadLetterId: letter.deadLetterId, problem },
    });
  }
  const released = release(context, machine);
  const { status } = released.instance ?? instance;
  const because = reason === null ? {} : { reason };
  return {
    ...settle(context, { status: "skipped", reason }),
    ...released,
    journal: [record(context, "skipped", { status, ...because, dropped: [nameSubject(letter)] })],
  };
}

/** Why the chart of an instance needs what a letter is about; `undefined` if nothing does. */
function findSkipProblem({ letter, instance }: LetterContext, { chart }: ProcessMachine): string | undefined {
  if (instance.endedAt !== null) return undefined;
  const { kind, process, subject } = letter;
  const { type, invocation } = JSON.parse(subject) as { readonly type: string; readonly invocation?: string | null };
  const isResult = kind === "event" && type === invocationEventType(shortProcessName(process));
  if (isResult || (kind === "command" && typeof invocation === "string")) return "the chart of its instance waits for its result";
  if (kind === "event" && chart !== undefined && instance.state === null) return "the chart of its instance begins with it";
  return undefined;
}

function nameSubject({ kind, subject }: DeadLetterRecord): { readonly id: string; readonly type: string } {
  if (kind !== "command") {
    const { eventId, type } = JSON.parse(subject) as StoredEvent;
    return { id: eventId, type };
  }
  const { commandId, type } = JSON.parse(subject) as CommandRecord;
  return { id: commandId, type };
}

/** Lets the instance go on that a letter holds, unless another letter holds it too. */
function release(
  { letter, instance, others, now }: LetterContext,
  machine: ProcessMachine,
): Pick<Changes, "drains" | "replaces" | "instance" | "releaseCommandsOf"> {
  if (!letter.blocks) return {};
  if (others.length > 0 || instance.status !== "failed" || instance.endedAt !== null) return { drains: true };
  const { status } = machine.move(instance.status, machineEvents.resumed);
  return {
    drains: true,
    replaces: instance,
    instance: revise({ ...instance, status, discardAt: null }, machine, now),
    ...(!isSuspended(instance) && { releaseCommandsOf: letter.processId }),
  };
}

export function refuseRemoved({ deadLetterId, process }: DeadLetterRecord): ProcessError {
  return new ProcessError("PROCESS_REMOVED", `dead letter "${deadLetterId}": the process "${process}" is not defined any more`, {
    hint: "Bring its folder back to retry the letter, or discard it.",
  });
}

/**
 * Discards a letter. An instance that it holds ends as `failed`, and what is parked is dropped. A letter that holds nothing is only
 * settled.
 */
export function decideLetterDiscarded(context: LetterContext, { events, commands }: Parked, reason: string | null): Changes {
  const { letter, instance, machine, others, by, now } = context;
  const settled = settle(context, { status: "discarded", reason });
  const because = reason === null ? {} : { reason };
  if (!letter.blocks || instance.endedAt !== null) return { ...settled, journal: [record(context, "discarded", because)] };

  const next = endInstance(instance, machine, { endedAt: now, now });
  const dropped = [
    ...events.map(({ eventId, type }) => ({ id: eventId, type })),
    ...commands.map(({ commandId, type }) => ({ id: commandId, type })),
  ];
  const ownReason = `its instance ended when dead letter ${letter.deadLetterId} was discarded`;
  const { withdrawn = [], ...invoked } = endAllInvocations(instance, now);
  const told = [
    ...(invoked.events ?? []),
    ...reportToParent(next, { kind: "error", message: "failed, and its dead letter was discarded" }, { occurredAt: now, now }),
  ];
  return {
    ...settled,
    ...invoked,
    ...(told.length > 0 && { events: told }),
    replaces: instance,
    instance: next,
    drop: events.map(({ position }) => position),
    dropCommands: commands.map((command) => ({ lane: laneOf(command), seq: command.seq })),
    // Beside a suspension, one that is parked may be running.
    withdrawn: [...withdrawn, ...commands.map(({ processId, commandId }) => ({ processId, commandId }))],
    settles: others.map(({ deadLetterId }) => ({ deadLetterId, status: "discarded", settledAt: now, settledBy: by, reason: ownReason })),
    journal: [record(context, "discarded", { status: next.status, ...because, ...(dropped.length > 0 && { dropped }) })],
  };
}

function settle({ letter, by, now }: LetterContext, end: Omit<LetterEnd, "settledAt" | "settledBy">): Changes {
  return settleLetter(letter, { settledAt: now, settledBy: by, ...end });
}

/** What a letter is about, with another payload if that was edited. */
export function editPayload<Subject extends { readonly payload: string }>(subject: Subject, payload: string | undefined): Subject {
  return payload === undefined ? subject : { ...subject, payload };
}

/** Settles the letter of a policy, or of a command that belongs to no instance: it holds nothing, and nobody's status changes. */
export function decideUnownedSettled(letter: DeadLetterRecord, settlement: Settlement, now: number): Changes {
  const moment = { settledAt: now, settledBy: settlement.by ?? null };
  if (settlement.kind !== "retry") {
    const { reason, kind } = settlement;
    return settleLetter(letter, { ...moment, status: kind === "skip" ? "skipped" : "discarded", reason });
  }
  const { payload } = settlement;
  return {
    ...settleLetter(letter, { ...moment, status: "retried", reason: null, retriedWith: payload ?? null }),
    restored: restore(letter, payload),
  };
}

/** A policy has its payload in its event. */
function restoreCommand({ kind, subject }: DeadLetterRecord, payload: string | undefined): CommandRecord {
  const command = completeCommand(JSON.parse(subject) as CommandRecord);
  return editPayload(command, kind === "policy" && payload !== undefined ? editPolicyEvent(command, payload) : payload);
}

function restore(letter: DeadLetterRecord, payload: string | undefined): RestoredStep {
  const { kind, subject, processId, generation } = letter;
  if (kind === "command" || kind === "policy") {
    const command = restoreCommand(letter, payload);
    return {
      kind: "command",
      command: {
        ...command,
        generation: generation + 1,
        attempts: 0,
        notBefore: null,
        firstFailedAt: null,
      },
    };
  }
  // One of `correlate` is settled without an instance, by `decide-correlation.ts`.
  if (kind === "correlation" || kind === "inbox") throw new Error(`a letter of the kind ${kind} has no step to restore`);
  const event = editPayload(JSON.parse(subject) as StoredEvent, payload);
  return { kind, event, processId: kind === "event" ? null : processId, generation: generation + 1 };
}

function record({ letter, by, now }: LetterContext, kind: "resumed" | "skipped" | "discarded", facts: JournalFacts) {
  const { processId, deadLetterId, handler } = letter;
  return createJournalRecord(processId, now, kind, { handler, deadLetterId, ...(by !== null && { by }), ...facts });
}
