import { laneOf } from "../../definition/model/lane.ts";
import type { CommandRecord } from "../../store/commands.ts";
import type { DeadLetterRecord } from "../../store/dead-letters.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { JournalRecord } from "../../store/journal.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import type { MailboxEntry, MailboxKey } from "../../store/mailbox.ts";
import type { KeptKey } from "../wire/kept-key.ts";

/** What was written of a key beside what every turn loads: rows that only look-ups need. Of a row that was written twice it has the latest. */
export interface WrittenRows {
  readonly instances: Map<string, InstanceRecord>;
  readonly letters: Map<string, DeadLetterRecord>;
  readonly journal: JournalRecord[];
}

export function createWrittenRows(): WrittenRows {
  return { instances: new Map(), letters: new Map(), journal: [] };
}

/**
 * A store of one key, in memory. Of any other key it has nothing, and takes nothing. It holds no event once that is handled, so whoever brings
 * events tells repeated ones apart, but for those that the key had seen before it came here. `findLetter` gives letters that are not kept:
 * settled ones, and those of events that came to no instance.
 */
export function createKeyStore(
  kept: KeptKey,
  written: WrittenRows,
  findLetter: (deadLetterId: string) => DeadLetterRecord | undefined = () => undefined,
): KeyedStore {
  const events = new Map<number, StoredEvent>();
  return {
    events: createEvents(kept, events),
    mailbox: createMailbox(kept, events),
    instances: createInstances(kept, written),
    commands: createCommands(kept),
    deadLetters: createDeadLetters(kept, written, findLetter),
    journal: {
      append: (record) => void written.journal.push(record),
    },
    counters: {
      addAccepted: (count) => {
        kept.accepted += count;
      },
    },
  };
}

/** `events` are those that were stored, until they come into the mailbox. */
function createEvents(kept: KeptKey, events: Map<number, StoredEvent>): KeyedStore["events"] {
  const has = (eventId: string) => kept.seen.some((event) => event.eventId === eventId);
  return {
    append: (event) => {
      if (has(event.eventId)) return undefined;
      kept.lastPosition += 1;
      events.set(kept.lastPosition, { position: kept.lastPosition, ...event });
      return kept.lastPosition;
    },
    restore: (event) => {
      if (events.has(event.position) || kept.entries.some((entry) => entry.event.position === event.position)) return;
      kept.lastPosition = Math.max(kept.lastPosition, event.position);
      events.set(event.position, event);
    },
    has,
  };
}

function createMailbox(kept: KeptKey, stored: Map<number, StoredEvent>): KeyedStore["mailbox"] {
  const isOwn = ({ process, aggregateId }: MailboxKey) => process === kept.key.process && aggregateId === kept.key.aggregateId;
  const entriesOf = (key: MailboxKey) => (isOwn(key) ? kept.entries : []);
  return {
    put: ({ position, correlated: _correlated, keptUntil = null, payload, ...entry }) => {
      const accepted = stored.get(position);
      if (!isOwn(entry) || accepted === undefined)
        throw new Error(`the mailbox of ${describe(kept.key)} cannot hold position ${position} of ${describe(entry)}`);
      const event = payload === undefined ? accepted : { ...accepted, payload };
      const added: MailboxEntry = { ...entry, keptUntil, event, attempts: 0, notBefore: null, firstFailedAt: null, drained: false };
      stored.delete(position);
      kept.entries = [...kept.entries, added].toSorted((one, other) => one.event.position - other.event.position);
    },
    remove: (key, position) => {
      const left = entriesOf(key).filter(({ event }) => event.position !== position);
      if (left.length === entriesOf(key).length) return false;
      kept.entries = left;
      return true;
    },
    delay: (key, position, failure) => {
      const delayed = entriesOf(key).find(({ event, attempts }) => event.position === position && attempts === failure.attempts - 1);
      if (delayed === undefined) return false;
      kept.entries = kept.entries.map((entry) => (entry === delayed ? { ...entry, ...failure } : entry));
      return true;
    },
    markDrained: (key) => {
      if (!isOwn(key)) return;
      kept.entries = kept.entries.map((entry) => (entry.kind === "event" && entry.generation === 0 ? { ...entry, drained: true } : entry));
    },
    read: (key, limit) => {
      const entries = entriesOf(key);
      const steps = entries.filter(({ kind }) => kind !== "event").toSorted((one, other) => (one.notBefore ?? 0) - (other.notBefore ?? 0));
      const events = entries.filter(({ kind }) => kind === "event");
      const first = events.slice(0, limit);
      const mayBeFirst = first.some(({ keptUntil }) => keptUntil !== null) ? events.filter(({ keptUntil }) => keptUntil === null) : [];
      const behind = mayBeFirst.slice(0, limit).filter((entry) => !first.includes(entry));
      return [...steps.slice(0, limit), ...first, ...behind];
    },
    hasEventBefore: (key, moment) =>
      entriesOf(key).some(({ kind, event }) => (kind === "event" || kind === "timer") && event.occurredAt < moment),
  };
}

function createInstances(kept: KeptKey, written: WrittenRows): KeyedStore["instances"] {
  const get = (processId: string) => kept.instances.find((instance) => instance.processId === processId);
  const findOpen = ({ process, aggregateId }: MailboxKey) =>
    kept.instances.find((each) => each.process === process && each.aggregateId === aggregateId && each.endedAt === null);
  return {
    add: (instance) => {
      if (get(instance.processId) !== undefined) return false;
      if (instance.endedAt === null && findOpen(instance) !== undefined) throw new Error(`${describe(kept.key)} has an open instance`);
      kept.instances = [...kept.instances, instance];
      written.instances.set(instance.processId, instance);
      return true;
    },
    replace: (before, instance) => {
      const stored = get(before.processId);
      if (stored?.revision !== before.revision) return false;
      kept.instances = kept.instances.map((each) => (each === stored ? instance : each));
      written.instances.set(instance.processId, instance);
      return true;
    },
    get,
    findOpen,
  };
}

function createCommands(kept: KeptKey): KeyedStore["commands"] {
  return {
    add: (command) => {
      kept.lastSeq += 1;
      const record: CommandRecord = { seq: kept.lastSeq, attempts: 0, notBefore: null, firstFailedAt: null, generation: 0, ...command };
      kept.commands = [...kept.commands, { record, isParked: false }];
      return kept.lastSeq;
    },
    restore: (record) => {
      kept.commands = [...kept.commands, { record, isParked: false }];
    },
    remove: (seq) => {
      const left = kept.commands.filter(({ record }) => record.seq !== seq);
      if (left.length === kept.commands.length) return false;
      kept.commands = left;
      return true;
    },
    withdraw: (processId, commandId) => {
      const left = kept.commands.filter(({ record }) => record.processId !== processId || record.commandId !== commandId);
      if (left.length === kept.commands.length) return false;
      kept.commands = left;
      return true;
    },
    delay: (seq, failure) => {
      const delayed = kept.commands.find(({ record }) => record.seq === seq && record.attempts === failure.attempts - 1);
      if (delayed === undefined) return false;
      kept.commands = kept.commands.map((each) => (each === delayed ? { ...each, record: { ...each.record, ...failure } } : each));
      return true;
    },
    read: (lane, limit) =>
      kept.commands
        .filter(({ record, isParked }) => !isParked && laneOf(record) === lane)
        .map(({ record }) => record)
        .toSorted(compareTurns)
        .slice(0, limit),
    list: (processId) => ofInstance(kept, processId),
    named: (processId, name) =>
      ofInstance(kept, processId).filter(({ commandId, key, invocation }) => invocation === null && (commandId === name || key === name)),
    setParked: (processId, isParked) => {
      kept.commands = kept.commands.map((each) =>
        each.record.processId === processId && isParkable(each.record) ? { ...each, isParked } : each,
      );
    },
    readParked: (processId) =>
      kept.commands
        .filter(({ record, isParked }) => isParked && record.processId === processId)
        .map(({ record }) => record)
        .toSorted((one, other) => one.seq - other.seq),
  };
}

function ofInstance({ commands }: KeptKey, processId: string): readonly CommandRecord[] {
  return commands
    .map(({ record }) => record)
    .filter((record) => record.processId === processId)
    .toSorted((one, other) => one.seq - other.seq);
}

/** What has a lane of its own follows nothing, so that nothing holds it back, unless a chart waits for it. */
function isParkable({ origin, lane, invocation }: CommandRecord): boolean {
  return origin === "event" && (lane === null || invocation !== null);
}

/** The one that has been tried, then those due first, of equals the one dispatched first. */
function compareTurns(one: CommandRecord, other: CommandRecord): number {
  return Number(one.attempts === 0) - Number(other.attempts === 0) || one.dueAt - other.dueAt || one.seq - other.seq;
}

function createDeadLetters(
  kept: KeptKey,
  written: WrittenRows,
  findLetter: (deadLetterId: string) => DeadLetterRecord | undefined,
): KeyedStore["deadLetters"] {
  const get = (deadLetterId: string) =>
    written.letters.get(deadLetterId) ?? kept.letters.find((letter) => letter.deadLetterId === deadLetterId) ?? findLetter(deadLetterId);
  return {
    add: (letter) => {
      written.letters.set(letter.deadLetterId, letter);
      // A letter that belongs to no instance holds nothing up.
      if (letter.processId !== "") kept.letters = [...kept.letters, letter];
    },
    get,
    find: ({ process, aggregateId, processId, status }, limit, after = 0) => {
      const wanted = Object.entries({ process, aggregateId, processId, status }).filter(([, value]) => value !== undefined);
      return kept.letters
        .map((letter, index) => ({ ...letter, cursor: index + 1 }))
        .filter((letter) => letter.cursor > after && wanted.every(([field, value]) => letter[field as keyof typeof letter] === value))
        .slice(0, limit);
    },
    settle: (deadLetterId, settlement) => {
      const letter = get(deadLetterId);
      if (letter?.status !== "open") return false;
      written.letters.set(deadLetterId, { ...letter, ...settlement });
      kept.letters = kept.letters.filter((each) => each.deadLetterId !== deadLetterId);
      return true;
    },
  };
}

function describe({ process, aggregateId }: MailboxKey): string {
  return `${process} ${aggregateId}`;
}
