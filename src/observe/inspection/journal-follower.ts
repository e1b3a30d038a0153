import type { InstanceInspection } from "../../machine/inspected-actor.ts";
import type { ProcessMachine } from "../../machine/process-machine.ts";
import { type JournalEntry, recordToJournalEntry } from "../../record/journal-entry.ts";
import type { InstanceFilter } from "../../store/instances.ts";
import type { NumberedRecord } from "../../store/journal.ts";
import type { Store } from "../../store/store.ts";
import { type InspectedInstance, rememberAfter, standAfter, type Standing } from "./inspected-instance.ts";
import { createInspectedInstances } from "./inspected-instances.ts";

/** What an inspector is told, and when it happened, in milliseconds since 1970. No two have the same `id`. */
export interface Told {
  readonly id: string;
  readonly at: number;
  readonly event: InstanceInspection;
}

/** A walk through the journal at the pace of its reader. What the reader has not asked for yet is in the store, and not in memory. */
export interface JournalFollower {
  /** What comes next, possibly nothing; `undefined` when there is no more for now. */
  next(): readonly Told[] | undefined;
}

export interface FollowOptions {
  /** An instance that has had `status` once is also followed after its status has changed. */
  readonly filter?: InstanceFilter;
  /** How many instances, the newest ones, are told of from their beginning. */
  readonly limit: number;
  /** How many journal entries or instances are read at once. */
  readonly pageSize?: number;
  /** About how many instances are remembered; an instance that was forgotten is announced again. */
  readonly remembered?: number;
}

const PAGE = 64;

/**
 * The follower first tells of the stored instances that match, ended ones included: it announces each as it stands now, and then tells
 * what its journal says. After that it tells of every commit, whichever OS process made it. Nothing is left out and nothing comes twice,
 * whatever is committed meanwhile.
 */
export function createJournalFollower(
  store: Pick<Store, "journal" | "instances" | "events">,
  machines: ReadonlyMap<string, ProcessMachine>,
  { filter = {}, limit, pageSize = PAGE, remembered }: FollowOptions,
): JournalFollower {
  const { journal } = store;
  const instances = createInspectedInstances(() => store, machines, remembered);

  function* walk(): Generator<readonly Told[] | undefined, undefined> {
    // This is read before the instances, so that whatever is committed while they are told of has a higher number, and comes after them.
    const beginning = journal.lastSeq();
    const newest: { readonly process: string; readonly processId: string; readonly startedAt: number }[] = [];
    for (const page of list()) {
      for (const { process, processId, startedAt } of page) newest.push({ process, processId, startedAt });
      yield [];
    }
    for (let next = newest.pop(); next !== undefined; next = newest.pop()) {
      const instance = instances.find(next.process, next.processId);
      // The instance may have reached the end of its retention.
      if (instance !== undefined) yield* replay(instance, next.processId, next.startedAt, beginning);
    }
    yield* follow(beginning);
  }

  /** The instances to begin with, newest first. */
  function* list() {
    let missing = limit;
    for (let cursor: number | undefined; missing > 0;) {
      const page = store.instances.find(filter, pageSize, cursor);
      if (page.length === 0) return;
      const drawable = page.filter(({ process }) => machines.has(process)).slice(0, missing);
      missing -= drawable.length;
      cursor = page.at(-1)!.cursor;
      yield drawable;
    }
  }

  function* replay(instance: InspectedInstance, processId: string, startedAt: number, end: number): Generator<readonly Told[]> {
    const announcement = instance.announce();
    yield [{ id: `${announcement.actorRef.sessionId}:0:0`, at: startedAt, event: announcement }];
    for (let place = 0; place < end;) {
      const records = journal.after(place, pageSize, processId);
      yield records.filter(({ seq }) => seq <= end).flatMap((record) => tell(instance, record));
      place = records.at(-1)?.seq ?? end;
    }
  }

  function* follow(from: number): Generator<readonly Told[] | undefined, undefined> {
    for (let place = from; ;) {
      const records = journal.after(place, pageSize);
      if (records.length > 0) {
        place = records.at(-1)!.seq;
        yield records.flatMap(tellIfMatching);
      } else {
        yield undefined;
      }
    }
  }

  function tellIfMatching(record: NumberedRecord): readonly Told[] {
    const { process, processId, aggregateId } = record;
    if (filter.process !== undefined && process !== filter.process) return [];
    if (filter.aggregateId !== undefined && aggregateId !== filter.aggregateId) return [];
    if (filter.status !== undefined && !instances.has(processId) && readStatus(record) !== filter.status) return [];
    const instance = instances.find(process, processId, () => readStanding(entriesBefore(record), remembers(process)));
    return instance === undefined ? [] : tell(instance, record);
  }

  function remembers(process: string): boolean {
    const definition = machines.get(process)?.definition;
    return definition?.context !== undefined || definition?.chart !== undefined;
  }

  /** The entries of an instance before `seq`, the latest first. */
  function* entriesBefore({ processId, seq }: NumberedRecord): Generator<JournalEntry> {
    for (let place: number | undefined = seq; place !== undefined;) {
      const earlier: readonly NumberedRecord[] = journal.before(place, pageSize, processId);
      for (const record of earlier) yield recordToJournalEntry(record);
      place = earlier.at(-1)?.seq;
    }
  }

  function readStatus(record: NumberedRecord) {
    return recordToJournalEntry(record).status ?? store.instances.get(record.processId)?.status;
  }

  const steps = walk();
  return { next: () => steps.next().value };
}

/** Where an instance stood after `entries`, the latest of which is the first; they are read as far as they are needed. */
function readStanding(entries: Iterable<JournalEntry>, remembers: boolean): Standing | undefined {
  const changes: JournalEntry[] = [];
  let standing: ReturnType<typeof standAfter>;
  let state: JournalEntry["state"];
  for (const entry of entries) {
    standing ??= standAfter(entry);
    if (standing !== undefined && !remembers) break;
    state ??= entry.state;
    if (entry.context !== undefined || entry.contextWithout !== undefined) changes.push(entry);
    if (entry.kind === "started") break;
  }
  return standing && { ...standing, state, context: changes.reduceRight(rememberAfter, {}) };
}

function tell(instance: InspectedInstance, record: NumberedRecord): readonly Told[] {
  return instance.tell(recordToJournalEntry(record)).map((event, at) => ({
    id: `${event.actorRef.sessionId}:${record.seq}:${at}`,
    at: record.at,
    event,
  }));
}
