import { laneOf } from "../../../src/record/lane.ts";
import type { CommandRecord } from "../../../src/store/commands.ts";
import type { KeyedStore } from "../../../src/store/keyed-store.ts";
import type { MailboxEntry, MailboxKey } from "../../../src/store/mailbox.ts";
import type { KeptKey } from "./kept-key.ts";

/** A store of one key. Of any other key it has nothing, and takes nothing. */
export function createKeyStore(kept: KeptKey): KeyedStore {
  return {
    events: createEvents(kept),
    mailbox: createMailbox(kept),
    instances: createInstances(kept),
    commands: createCommands(kept),
    deadLetters: createDeadLetters(kept),
    journal: {
      append: (record) => {
        kept.journal = [...kept.journal, record];
      },
    },
    counters: {
      addAccepted: (count) => {
        kept.accepted += count;
      },
    },
  };
}

function createEvents(kept: KeptKey): KeyedStore["events"] {
  const has = (eventId: string) => kept.events.some((event) => event.eventId === eventId);
  return {
    append: (event) => {
      if (has(event.eventId)) return undefined;
      kept.lastPosition += 1;
      kept.events = [...kept.events, { position: kept.lastPosition, ...event }];
      return kept.lastPosition;
    },
    restore: (event) => {
      if (has(event.eventId) || kept.events.some(({ position }) => position === event.position)) return;
      kept.lastPosition = Math.max(kept.lastPosition, event.position);
      kept.events = [...kept.events, event].toSorted((one, other) => one.position - other.position);
    },
    has,
  };
}

function createMailbox(kept: KeptKey): KeyedStore["mailbox"] {
  const isOwn = ({ process, aggregateId }: MailboxKey) => process === kept.key.process && aggregateId === kept.key.aggregateId;
  const entriesOf = (key: MailboxKey) => (isOwn(key) ? kept.entries : []);
  return {
    put: ({ position, correlated: _correlated, keptUntil = null, ...entry }) => {
      const event = kept.events.find((each) => each.position === position);
      if (!isOwn(entry) || event === undefined)
        throw new Error(`the mailbox of ${describe(kept.key)} cannot hold position ${position} of ${describe(entry)}`);
      const added: MailboxEntry = { ...entry, keptUntil, event, attempts: 0, notBefore: null, firstFailedAt: null, drained: false };
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

function createInstances(kept: KeptKey): KeyedStore["instances"] {
  const get = (processId: string) => kept.instances.find((instance) => instance.processId === processId);
  const findOpen = ({ process, aggregateId }: MailboxKey) =>
    kept.instances.find((each) => each.process === process && each.aggregateId === aggregateId && each.endedAt === null);
  return {
    add: (instance) => {
      if (get(instance.processId) !== undefined) return false;
      if (instance.endedAt === null && findOpen(instance) !== undefined) throw new Error(`${describe(kept.key)} has an open instance`);
      kept.instances = [...kept.instances, instance];
      return true;
    },
    replace: (before, instance) => {
      const stored = get(before.processId);
      if (stored?.revision !== before.revision) return false;
      kept.instances = kept.instances.map((each) => (each === stored ? instance : each));
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
    setParked: (processId, isParked) => {
      kept.commands = kept.commands.map((each) =>
        each.record.processId === processId && each.record.origin === "event" ? { ...each, isParked } : each,
      );
    },
    readParked: (processId) =>
      kept.commands
        .filter(({ record, isParked }) => isParked && record.processId === processId)
        .map(({ record }) => record)
        .toSorted((one, other) => one.seq - other.seq),
  };
}

/** The one that has been tried, then those due first, of equals the one dispatched first. */
function compareTurns(one: CommandRecord, other: CommandRecord): number {
  return Number(one.attempts === 0) - Number(other.attempts === 0) || one.dueAt - other.dueAt || one.seq - other.seq;
}

function createDeadLetters(kept: KeptKey): KeyedStore["deadLetters"] {
  return {
    add: (letter) => {
      kept.letters = [...kept.letters, letter];
    },
    get: (deadLetterId) => kept.letters.find((letter) => letter.deadLetterId === deadLetterId),
    find: ({ process, aggregateId, processId, status }, limit, after = 0) => {
      const wanted = Object.entries({ process, aggregateId, processId, status }).filter(([, value]) => value !== undefined);
      return kept.letters
        .map((letter, index) => ({ ...letter, cursor: index + 1 }))
        .filter((letter) => letter.cursor > after && wanted.every(([field, value]) => letter[field as keyof typeof letter] === value))
        .slice(0, limit);
    },
    settle: (deadLetterId, settlement) => {
      const open = kept.letters.find((letter) => letter.deadLetterId === deadLetterId && letter.status === "open");
      if (open === undefined) return false;
      kept.letters = kept.letters.map((letter) => (letter === open ? { ...letter, ...settlement } : letter));
      return true;
    },
  };
}

function describe({ process, aggregateId }: MailboxKey): string {
  return `${process} ${aggregateId}`;
}
