import { ProcessError } from "../../errors.ts";
import { machineEvents } from "../../machine/machine-events.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { DeadLetterRecord, DeadLetters } from "../../store/dead-letters.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { Store } from "../../store/store.ts";
import type { Changes } from "../decide/changes.ts";
import { revise } from "../decide/instance.ts";
import { createJournalRecord, type JournalFacts } from "../../record/journal-entry.ts";

/** What an operator decides about a dead letter. */
export type Settlement = { readonly kind: "retry" } | { readonly kind: "discard"; readonly reason: string | null };

type Machines = ReadonlyMap<string, ProcessMachine>;

/**
 * Settles a dead letter: what it did is returned for those who listen to commits. To be called inside a transaction, between
 * two steps of the instance.
 *
 * Retrying puts the step back where it was, with all its attempts and a new idempotency key. If it is the last letter that
 * holds the instance, that is `started` again, with the timeout it had; the steps parked behind it follow in order, each in
 * its own commit. Discarding ends an instance that the letter holds, as `failed`, and drops what was parked.
 * @throws ProcessError `DEAD_LETTER_UNKNOWN`, `DEAD_LETTER_SETTLED`, `PROCESS_REMOVED`; nothing is written then
 */
export function settleLetter(store: Store, machines: Machines, deadLetterId: string, settlement: Settlement, now: number): Changes {
  const letter = findOpenLetter(store.deadLetters, deadLetterId);
  const instance = store.instances.get(letter.processId);
  if (instance === undefined) throw new Error(`dead letter ${deadLetterId} names the instance ${letter.processId}, which is not stored`);
  const changes =
    settlement.kind === "retry"
      ? retryLetter(store, machines, letter, instance, now)
      : discardLetter(store, machines, letter, instance, settlement.reason, now);
  for (const record of changes.journal) store.journal.append(record);
  return changes;
}

/** @throws ProcessError `DEAD_LETTER_UNKNOWN`, `DEAD_LETTER_SETTLED` */
export function findOpenLetter(letters: Pick<DeadLetters, "get">, deadLetterId: string): DeadLetterRecord {
  const letter = letters.get(deadLetterId);
  if (letter === undefined) {
    throw new ProcessError("DEAD_LETTER_UNKNOWN", `there is no dead letter "${deadLetterId}"`, { hint: "deadLetters.list() lists them." });
  }
  if (letter.status !== "open") {
    throw new ProcessError(
      "DEAD_LETTER_SETTLED",
      `dead letter "${deadLetterId}" was ${letter.status} at ${describeMoment(letter.settledAt)}`,
      {
        hint: "A letter is settled once. If the step failed again, it has a new one.",
        details: { status: letter.status, settledAt: letter.settledAt },
      },
    );
  }
  return letter;
}

function retryLetter(store: Store, machines: Machines, letter: DeadLetterRecord, instance: InstanceRecord, now: number): Changes {
  const { deadLetterId, process, aggregateId, processId } = letter;
  const key = { process, aggregateId };
  const machine = machines.get(process);
  if (machine === undefined) {
    throw new ProcessError("PROCESS_REMOVED", `dead letter "${deadLetterId}": the process "${process}" is not defined any more`, {
      hint: "Bring its folder back to retry the letter, or discard it.",
    });
  }
  store.deadLetters.settle(deadLetterId, { status: "retried", settledAt: now, reason: null });
  // Before the step itself goes back: only what was parked behind it is drained.
  if (letter.blocks) store.mailbox.markDrained(key);
  putBack(store, letter);

  const isReleased =
    letter.blocks && instance.status === "failed" && instance.endedAt === null && store.deadLetters.countBlocking(processId) === 0;
  const putBackEntries = letter.kind === "command" ? 0 : 1;
  if (!isReleased) return { ...describe(letter, now, { kind: "resumed", facts: { status: instance.status } }), putBack: putBackEntries };
  const next = revise({ ...instance, status: machine.move(instance.status, machineEvents.resumed).status }, machine, now);
  store.instances.replace(instance, next);
  store.commands.setParked(processId, false);
  return {
    ...describe(letter, now, { kind: "resumed", facts: { status: next.status } }, { replaces: instance, instance: next }),
    putBack: putBackEntries,
  };
}

function putBack(store: Store, letter: DeadLetterRecord): void {
  const { process, aggregateId, processId, kind, subject } = letter;
  const generation = letter.generation + 1;
  if (kind === "command") {
    const command = JSON.parse(subject) as CommandRecord;
    store.commands.restore({ ...command, generation, attempts: 0, notBefore: null, firstFailedAt: null });
    // It comes back parked with the others, if another letter still holds them.
    if (letter.blocks && store.deadLetters.countBlocking(processId) > 0) store.commands.setParked(processId, true);
    return;
  }
  const event = JSON.parse(subject) as StoredEvent;
  store.events.restore(event);
  store.mailbox.put({
    process,
    aggregateId,
    position: event.position,
    kind,
    processId: kind === "event" ? null : processId,
    generation,
    starts: false,
  });
}

function discardLetter(
  store: Store,
  machines: Machines,
  letter: DeadLetterRecord,
  instance: InstanceRecord,
  reason: string | null,
  now: number,
): Changes {
  const { deadLetterId, process, aggregateId, processId } = letter;
  const settledAt = now;
  store.deadLetters.settle(deadLetterId, { status: "discarded", settledAt, reason });
  if (!letter.blocks || instance.endedAt !== null) return describe(letter, now, { kind: "discarded", facts: withReason(reason) });

  const events = store.mailbox.removeEvents({ process, aggregateId });
  const commands = store.commands.removeParked(processId);
  const others = store.deadLetters.find({ processId, status: "open" }, Number.MAX_SAFE_INTEGER, undefined).filter(({ blocks }) => blocks);
  for (const other of others) {
    const because = `its instance ended when dead letter ${deadLetterId} was discarded`;
    store.deadLetters.settle(other.deadLetterId, { status: "discarded", settledAt, reason: because });
  }
  const ended = { ...instance, endedAt: now, dueAt: null };
  const machine = machines.get(process);
  const next = machine === undefined ? { ...ended, updatedAt: now, revision: instance.revision + 1 } : revise(ended, machine, now);
  store.instances.replace(instance, next);
  const dropped = [
    ...events.map(({ eventId, type }) => ({ id: eventId, type })),
    ...commands.map(({ commandId, type }) => ({ id: commandId, type })),
  ];
  const facts = { status: next.status, ...withReason(reason), ...(dropped.length > 0 && { dropped }) };
  return {
    ...describe(letter, now, { kind: "discarded", facts }, { replaces: instance, instance: next }),
    drop: events.map(({ position }) => position),
    settled: 1 + others.length,
  };
}

function describe(
  letter: DeadLetterRecord,
  now: number,
  entry: { readonly kind: "resumed" | "discarded"; readonly facts: JournalFacts },
  change: Pick<Changes, "replaces" | "instance"> = {},
): Changes {
  const { process, aggregateId, processId, deadLetterId, handler } = letter;
  return {
    settled: 1,
    key: { process, aggregateId },
    source: { from: "letter" },
    ...change,
    journal: [createJournalRecord(processId, now, entry.kind, { handler, deadLetterId, ...entry.facts })],
  };
}

function withReason(reason: string | null): { readonly reason?: string } {
  return reason === null ? {} : { reason };
}

function describeMoment(moment: number | null): string {
  return moment === null ? "an unknown moment" : new Date(moment).toISOString();
}
