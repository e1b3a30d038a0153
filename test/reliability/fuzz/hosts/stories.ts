import type { CommandRecord } from "../../../../src/store/commands.ts";
import type { DeadLetterRecord } from "../../../../src/store/dead-letters.ts";
import type { InstanceRecord } from "../../../../src/store/instances.ts";
import type { JournalRecord } from "../../../../src/store/journal.ts";
import type { MailboxEntry, MailboxKey } from "../../../../src/store/mailbox.ts";

/** What a host holds of one key. */
export interface KeyView {
  readonly key: MailboxKey;
  /** In the order in which they began. */
  readonly instances: readonly InstanceRecord[];
  readonly journalOf: (processId: string) => readonly JournalRecord[];
  readonly entries: readonly MailboxEntry[];
  readonly commandsOf: (processId: string) => readonly CommandRecord[];
  readonly parkedOf: (processId: string) => readonly CommandRecord[];
  /** Oldest first. */
  readonly letters: readonly DeadLetterRecord[];
}

/**
 * All that can be compared of a key, in lines: for each instance its row, the journal of its steps, that of its commands, and what is left
 * of them; then the letters, and what waits in the mailbox. Ids are numbered in the order in which they appear, so that two stories are
 * equal if their ids stand for the same things.
 */
export function tellStory(view: KeyView): readonly string[] {
  const { key, instances, journalOf, entries, commandsOf, parkedOf } = view;
  const lines = [
    `${key.process} ${key.aggregateId}`,
    ...instances.flatMap((instance) => {
      const { processId } = instance;
      const journal = journalOf(processId);
      return [
        tell("instance", instance),
        ...journal.filter((record) => !isOfCommand(record)).map(tellRecord),
        ...journal.filter(isOfCommand).map(tellRecord),
        ...commandsOf(processId).map((command) => tellCommand("waits", command)),
        ...parkedOf(processId).map((command) => tellCommand("is parked", command)),
      ];
    }),
    ...orderLetters(view).map(tellLetter),
    ...entries.map(tellEntry),
  ];
  const numbers = new Map<string, string>();
  const number = (id: string) => {
    const known = numbers.get(id) ?? `#${numbers.size + 1}`;
    numbers.set(id, known);
    return known;
  };
  return lines.map((line) => line.replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, number));
}

/**
 * The letters of a key in an order that both hosts have: those of events that found no instance, and then those of steps and commands. One host
 * accepts a whole list before the steps begin, and the other each event of it when it comes to the key.
 */
export function orderLetters({ letters }: KeyView): readonly DeadLetterRecord[] {
  const isOfStep = ({ processId }: DeadLetterRecord) => processId !== "";
  return [...letters.filter((letter) => !isOfStep(letter)), ...letters.filter(isOfStep)];
}

function isOfCommand({ kind }: JournalRecord): boolean {
  return kind.startsWith("command_");
}

function tellRecord({ at, kind, data }: JournalRecord): string {
  return tell(`  ${kind} at ${at}`, JSON.parse(data) as object);
}

function tellCommand(what: string, { seq: _seq, payload: _payload, ...command }: CommandRecord): string {
  return tell(`  command ${what}`, command);
}

function tellLetter({ subject, error, ...letter }: DeadLetterRecord): string {
  const { eventId, commandId } = JSON.parse(subject) as { readonly eventId?: string; readonly commandId?: string };
  return tell("letter", { ...letter, subject: eventId ?? commandId, error: JSON.parse(error) as unknown });
}

function tellEntry({ event: { position: _position, payload: _payload, ...event }, ...entry }: MailboxEntry): string {
  return tell("entry", { ...entry, event });
}

/**
 * Fields in order of their names, whatever the order in which a store gives them. A stack differs by who called, and a cursor is only of the
 * page that a row was found on. Nobody records traces, for which a store has nothing or `null`.
 */
function tell(what: string, facts: object): string {
  const text = JSON.stringify(facts, (field, value: unknown) => {
    if (field === "stack" || field === "cursor" || field === "traceparent") return undefined;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
  return `${what} ${text}`;
}
