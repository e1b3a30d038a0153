import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { ErrorRecord } from "../../definition/model/own-payloads.ts";
import { machineEvents } from "../../machine/machine-events.ts";
import type { CommandRecord } from "../../store/commands.ts";
import { isUnowned, laneOf } from "../../definition/model/lane.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { AddressedEvent, Changes } from "./changes.ts";
import { failInstance, followFailure } from "./decide-failure.ts";
import { openLetter } from "./open-letter.ts";
import { recordError } from "../../record/error-record.ts";
import { revise } from "./instance.ts";
import { createJournalRecord } from "../../record/journal-entry.ts";

/** The command was executed; `events` are what its handler returned. */
export function decideCommandHandled(key: MailboxKey, command: CommandRecord, events: readonly AddressedEvent[], now: number): Changes {
  return {
    key,
    source: { from: "command", lane: laneOf(command), seq: command.seq },
    events,
    journal: isUnowned(command.processId)
      ? []
      : [
          createJournalRecord(command.processId, now, "command_handled", {
            command: nameCommand(command),
            attempt: command.attempts + 1,
            dueAt: command.dueAt,
            ...(events.length > 0 && { events: events.map(({ eventId, type }) => ({ eventId, type })) }),
          }),
        ],
  };
}

/** An invoked command has no attempts left, and the chart says what is to follow. */
export function decideInvocationFailed(
  key: MailboxKey,
  command: CommandRecord,
  { event, error, now }: { readonly event: AddressedEvent; readonly error: unknown; readonly now: number },
): Changes {
  return {
    key,
    source: { from: "command", lane: laneOf(command), seq: command.seq },
    events: [event],
    journal: [
      createJournalRecord(command.processId, now, "command_failed", {
        command: nameCommand(command),
        attempt: command.attempts + 1,
        error: recordError(error),
        events: [{ eventId: event.eventId, type: event.type }],
      }),
    ],
  };
}

/** The attempt failed, and there will be another at `retryAt`. */
export function decideCommandRetried(
  key: MailboxKey,
  command: CommandRecord,
  { error, retryAt, now }: { readonly error: unknown; readonly retryAt: number; readonly now: number },
): Changes {
  const attempts = command.attempts + 1;
  const failure = { attempts, notBefore: retryAt, firstFailedAt: command.firstFailedAt ?? now };
  const source = { from: "command", lane: laneOf(command), seq: command.seq, failure } as const;
  if (isUnowned(command.processId)) return { key, source, journal: [], unjournaled: { command, error: recordError(error), retryAt } };
  return {
    key,
    source,
    journal: [
      createJournalRecord(command.processId, now, "command_attempt_failed", {
        command: nameCommand(command),
        attempt: attempts,
        error: recordError(error),
        retryAt,
      }),
    ],
  };
}

/**
 * The command has no attempts left. If an event handler dispatched the command, its instance fails, and the commands behind it are held
 * back. An instance that has failed already stays failed. An instance that has ended keeps its status, and so does one whose definition was
 * removed: then only the letter tells of the command. The same holds for commands of the timed-out and failed handlers.
 */
export function decideCommandGivenUp(
  context: {
    readonly machine: ProcessMachine | undefined;
    readonly instance: InstanceRecord;
    readonly command: CommandRecord;
    readonly now: number;
  },
  record: ErrorRecord,
  deadLetterId: string,
): Changes {
  const { machine, instance, command, now } = context;
  const { processId, process, aggregateId } = instance;
  const attempts = command.attempts + 1;
  const facts = { command: nameCommand(command), attempt: attempts, error: record, deadLetterId };
  const blocks = machine !== undefined && command.origin === "event" && instance.endedAt === null;
  const letter = openLetter(
    instance,
    { deadLetterId, error: record, now },
    {
      kind: "command",
      handler: command.type,
      subject: JSON.stringify(command),
      generation: command.generation,
      blocks,
      attempts,
      firstFailedAt: command.firstFailedAt ?? now,
    },
  );
  const changes: Changes = {
    key: { process, aggregateId },
    source: { from: "command", lane: laneOf(command), seq: command.seq },
    deadLetter: letter,
    ...(blocks && { parkCommandsOf: processId }),
    journal: [createJournalRecord(processId, now, "command_failed", facts)],
  };
  if (machine === undefined || !blocks || instance.status !== "started") return changes;

  const move = machine.move(instance.status, machineEvents.failed);
  const next = revise(failInstance(instance, machine.definition, { ...move, now }), machine, now);
  return {
    ...changes,
    replaces: instance,
    instance: next,
    ...followFailure(machine.definition, { next, move, now }, { subject: { command }, error: record, attempts, deadLetterId }),
    journal: [...changes.journal, createJournalRecord(processId, now, "failed", { status: move.status, ...facts })],
  };
}

function nameCommand({ commandId, type }: CommandRecord) {
  return { commandId, type };
}
