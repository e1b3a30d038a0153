import { createRecent } from "../../platform/recent.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { InstanceRecord } from "../../store/instances.ts";
import type { MailboxEntry, MailboxKey, NewMailboxEntry } from "../../store/mailbox.ts";
import type { KeyedStore } from "../../store/keyed-store.ts";
import { idToKey } from "./mailbox-id.ts";

/** The open instance of a mailbox and what waits there, as the store has it. */
export interface Activation {
  readonly instance: InstanceRecord | undefined;
  /** The entries in the order of `Mailbox.read`: handler steps, then events, each in order. */
  readonly entries: readonly MailboxEntry[];
  /** Whether `entries` are all entries; otherwise they are all handler steps and the first events, at least one of them. */
  readonly isWhole: boolean;
}

/** An entry without its event. */
type NewEntry = Pick<NewMailboxEntry, "kind" | "processId" | "starts" | "keptUntil">;

/**
 * The activations that are in memory. They are kept equal to the store, because whoever writes a mailbox or an instance notes that here, in
 * the same transaction. They spare the worker reads and nothing else depends on them: what is not in memory is read.
 */
export interface Activations {
  /** The activation of a mailbox, from memory or else from the store. `id` is the mailbox's. */
  find(id: string): Activation;
  /** Puts the activation into memory, so that the steps that follow need not read it. */
  load(id: string): void;
  /** Of these mailboxes those that are not in memory. None if nothing is kept. */
  listMissing(ids: readonly string[]): readonly string[];
  /** Puts the activation of a mailbox into memory of which the store has said that nothing waits there, and which instance is open. */
  begin(id: string, instance: InstanceRecord | undefined): void;
  /** The instance with this processId, open or not, of the process and aggregate of a mailbox. */
  findInstance(id: string, processId: string): InstanceRecord | undefined;
  /** Notes that an entry was put into the mailbox. */
  addEntry(id: string, event: StoredEvent, entry: NewEntry): void;
  /** Notes that a step has used up the entry at `position`, if it had one, and has written `instance`, if it is given. */
  advance(id: string, position: number | undefined, instance: InstanceRecord | undefined): void;
  /** Whether an event that occurred before `moment` waits. */
  hasEventBefore(id: string, moment: number): boolean;
  /** Forgets an activation, because something else about it was written, or because nothing is open and nothing waits. */
  forget(id: string): void;
  /**
   * `isTrusted` says that all that was written since the last call was noted here. If not, nothing is kept until it is so again.
   */
  trust(isTrusted: boolean): void;
  clear(): void;
}

// An entry with a longer payload stays in the store until its turn comes.
const LONGEST_PAYLOAD = 4_096;
// Only the head and the handler steps before it decide what comes next; further entries spare a read.
const ENTRIES_TO_READ = 16;

// An instance with a longer context is read for each step.
const LONGEST_CONTEXT = 4_096;

function isLarge(instance: InstanceRecord | undefined): boolean {
  return instance !== undefined && instance.context !== null && instance.context.length > LONGEST_CONTEXT;
}

interface Known {
  instance: InstanceRecord | undefined;
  /** The one that has ended last, because its last handler is asked next. */
  ended: InstanceRecord | undefined;
  entries: MailboxEntry[];
  isWhole: boolean;
}

/** `held` is how many activations are kept in memory (at times up to twice as many), and how many entries they have together. */
export function createActivations(store: Pick<KeyedStore, "mailbox" | "instances">, held: number): Activations {
  let entriesInMemory = 0;
  let isKeeping = false;
  const recent = createRecent<Known>(held, ({ entries }) => {
    entriesInMemory -= entries.length;
  });

  const find = (id: string): Known => {
    const known = recent.get(id);
    // The first event has to be there, because it decides what comes next. A handler step does not, because events need not wait for its
    // retry.
    if (known !== undefined && (known.isWhole || known.entries.some(({ kind }) => kind === "event"))) return known;
    const found = readActivation(store, id, known);
    if (isKeeping && !isLarge(found.instance) && !hidesOthers(found)) {
      recent.set(id, found);
      entriesInMemory += found.entries.length;
    }
    return found;
  };

  return {
    find,
    load: (id) => {
      if (isKeeping) find(id);
    },
    listMissing: (ids) => (isKeeping ? ids.filter((id) => recent.get(id) === undefined) : []),
    begin: (id, instance) => {
      if (isKeeping && !isLarge(instance)) recent.set(id, { instance, ended: undefined, entries: [], isWhole: true });
    },
    findInstance: (id, processId) => {
      const known = recent.get(id);
      const found = [known?.instance, known?.ended].find((each) => each?.processId === processId);
      return found ?? store.instances.get(processId);
    },
    addEntry: (id, event, entry) => {
      const known = recent.get(id);
      if (known === undefined) return;
      if (!known.isWhole || entriesInMemory >= held || event.payload.length > LONGEST_PAYLOAD) {
        known.isWhole = false;
        // Handler steps come first, so unlike an event, one cannot stay in the store until the entries in memory are done. Nor can an event where
        // early ones wait, because it may come before them.
        if (entry.kind !== "event" || known.entries.some(({ keptUntil }) => keptUntil !== null)) recent.delete(id);
        return;
      }
      insertEntry(known.entries, createEntry(idToKey(id), event, entry));
      entriesInMemory += 1;
    },
    advance: (id, position, instance) => {
      const known = recent.get(id);
      if (known === undefined) return;
      const index = position === undefined ? -1 : known.entries.findIndex(({ event }) => event.position === position);
      if (index !== -1) {
        known.entries.splice(index, 1);
        entriesInMemory -= 1;
      }
      if (instance === undefined) return;
      if (isLarge(instance)) {
        recent.delete(id);
        return;
      }
      if (instance.endedAt === null) {
        known.instance = instance;
        return;
      }
      known.ended = instance;
      // The step of an ended instance's timed-out or failed handler says nothing about the open instance.
      if (known.instance?.processId === instance.processId) known.instance = undefined;
    },
    hasEventBefore: (id, moment) => {
      const { entries, isWhole } = find(id);
      return isWhole
        ? entries.some(({ kind, event }) => (kind === "event" || kind === "timer") && event.occurredAt < moment)
        : store.mailbox.hasEventBefore(idToKey(id), moment);
    },
    forget: (id) => recent.delete(id),
    trust: (isTrusted) => {
      if (!isTrusted) recent.clear();
      isKeeping = isTrusted;
    },
    clear: () => recent.clear(),
  };
}

/** `known` is what was known of it, which lacks entries and nothing else. */
function readActivation({ mailbox, instances }: Pick<KeyedStore, "mailbox" | "instances">, id: string, known: Known | undefined): Known {
  const key = idToKey(id);
  const entries = [...mailbox.read(key, ENTRIES_TO_READ)];
  const instance = known === undefined ? instances.findOpen(key) : known.instance;
  return { instance, ended: known?.ended, entries, isWhole: entries.length < ENTRIES_TO_READ };
}

/** Of a longer row that begins with early events, others than the first can be next, so that it is read anew for each step. */
function hidesOthers({ isWhole, entries }: Known): boolean {
  return !isWhole && entries.some(({ keptUntil }) => keptUntil !== null);
}

/** A new handler step comes before those that wait for a retry, as `Mailbox.read` has it, and before events. */
function insertEntry(entries: MailboxEntry[], entry: MailboxEntry): void {
  const behind = entry.kind === "event" ? -1 : entries.findIndex(({ kind, notBefore }) => kind === "event" || notBefore !== null);
  if (behind === -1) entries.push(entry);
  else entries.splice(behind, 0, entry);
}

/** An entry as the mailbox has it before any attempt. */
export function createEntry(
  { process, aggregateId }: MailboxKey,
  event: StoredEvent,
  { kind, processId, starts, keptUntil = null }: NewEntry,
): MailboxEntry {
  return {
    process,
    aggregateId,
    event,
    kind,
    processId,
    attempts: 0,
    notBefore: null,
    firstFailedAt: null,
    generation: 0,
    drained: false,
    starts,
    keptUntil,
  };
}
