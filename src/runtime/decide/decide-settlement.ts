import { ProcessError } from "../../errors.ts";
import { machineEvents } from "../../machine/machine-events.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { completeCommand } from "../../record/command.ts";
import { createJournalRecord, type JournalFacts } from "../../record/journal-entry.ts";
import type { CommandRecord } from "../../store/commands.ts";
import { laneOf } from "../../definition/model/lane.ts";
import type { DeadLetterRecord, LetterEnd } from "../../store/dead-letters.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Changes, RestoredStep } from "./changes.ts";
import { endAllInvocations, reportToParent } from "./child.ts";
import { revise } from "./instance.ts";

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
 * Retries a letter: the step goes back to where it was, with all its attempts and a new idempotency key. If no other letter holds the
 * instance, the instance is `started` again with the timeout it had. The steps parked behind the letter follow in order, each in its own
 * commit.
 * @throws ProcessError `PROCESS_REMOVED`
 */
export function decideLetterRetried(context: LetterContext): Changes {
  const { letter, instance, machine, others, now } = context;
  if (machine === undefined) throw refuseRemoved(letter);
  const isHeld = others.length > 0;
  const isReleased = letter.blocks && !isHeld && instance.status === "failed" && instance.endedAt === null;
  const { status } = isReleased ? machine.move(instance.status, machineEvents.resumed) : instance;
  return {
    ...settle(context, { status: "retried", reason: null }),
    restored: restore(letter),
    ...(letter.blocks && { drains: true }),
    // A command comes back parked like the others if another letter still holds them.
    ...(letter.blocks && letter.kind === "command" && isHeld && { parkCommandsOf: letter.processId }),
    ...(isReleased && { replaces: instance, instance: revise({ ...instance, status }, machine, now), releaseCommandsOf: letter.processId }),
    journal: [record(context, "resumed", { status })],
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

  const ended = { ...instance, endedAt: now, dueAt: null, chart: null };
  const next = machine === undefined ? { ...ended, updatedAt: now, revision: instance.revision + 1 } : revise(ended, machine, now);
  const dropped = [
    ...events.map(({ eventId, type }) => ({ id: eventId, type })),
    ...commands.map(({ commandId, type }) => ({ id: commandId, type })),
  ];
  const ownReason = `its instance ended when dead letter ${letter.deadLetterId} was discarded`;
  const invoked = endAllInvocations(instance, now);
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
    settles: others.map(({ deadLetterId }) => ({ deadLetterId, status: "discarded", settledAt: now, settledBy: by, reason: ownReason })),
    journal: [record(context, "discarded", { status: next.status, ...because, ...(dropped.length > 0 && { dropped }) })],
  };
}

function settle(
  { letter, by, now }: LetterContext,
  { status, reason }: Pick<LetterEnd, "status" | "reason">,
): Pick<Changes, "key" | "source"> {
  const { deadLetterId, process, aggregateId } = letter;
  return {
    key: { process, aggregateId },
    source: { from: "letter", settles: { deadLetterId, status, settledAt: now, settledBy: by, reason } },
  };
}

function restore({ kind, subject, processId, generation }: DeadLetterRecord): RestoredStep {
  if (kind === "command") {
    const command = completeCommand(JSON.parse(subject) as CommandRecord);
    return {
      kind,
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
  if (kind === "correlation") throw new Error("a letter of correlate has no step to restore");
  const event = JSON.parse(subject) as StoredEvent;
  return { kind, event, processId: kind === "event" ? null : processId, generation: generation + 1 };
}

function record({ letter, by, now }: LetterContext, kind: "resumed" | "discarded", facts: JournalFacts) {
  const { processId, deadLetterId, handler } = letter;
  return createJournalRecord(processId, now, kind, { handler, deadLetterId, ...(by !== null && { by }), ...facts });
}
