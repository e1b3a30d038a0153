import { ProcessError } from "../../errors.ts";
import { countOf } from "../../platform/count-of.ts";
import { createJournalRecord } from "../../record/journal-entry.ts";
import type { AggregateChoice, AggregateRows, ErasedRows, Erasure, Remains } from "../../store/erasure.ts";
import type { Store } from "../../store/store.ts";
import { decideErasure, type EraseHindrance, findHindrances } from "../decide/decide-erasure.ts";

/** How much was erased. All are zero if nothing was there, or if all was erased before. */
export interface ErasedCounts {
  /** Instances that have lost something. */
  readonly instances: number;
  readonly journalEntries: number;
  /** Events that have lost their payload. */
  readonly events: number;
  readonly deadLetters: number;
}

/** An erasure that nothing hinders. */
export interface PlannedErasure extends ErasedCounts {
  /** Whether anything is known of the aggregate, erased or not. */
  readonly isKnown: boolean;
}

/** What is to be erased, and how. */
export interface EraseWish {
  readonly choice: AggregateChoice;
  /** Who asks, if that was said. */
  readonly by: string | null;
  /** Whether the whole file is to be written anew, without its free pages. */
  readonly vacuum: boolean;
}

/** What became of an erasure. */
export interface Erased extends ErasedCounts {
  /** Where bytes of what was erased may still lie in the file and beside it. */
  readonly remains: Remains;
}

type Erasable = Pick<Store, "erasure" | "journal" | "requests">;

/**
 * What `eraseAggregate` would erase. It writes nothing.
 * @throws ProcessError `ERASE_REFUSED`, `ERASE_UNAVAILABLE`
 */
export function planErasure(store: Erasable, choice: AggregateChoice, now: number): PlannedErasure {
  const { rows, erased } = prepare(store, choice, now);
  const { instances, events, letters } = rows;
  return { ...count(rows, erased), isKnown: instances.length + events.length + letters.length > 0 };
}

/**
 * Erases what is kept of an aggregate but its skeleton. Call it inside a transaction, of any OS process: what the worker has in hand is stored
 * until the commit that ends it, and hinders the erasure.
 * @throws ProcessError `ERASE_REFUSED`, `ERASE_UNAVAILABLE`
 */
export function eraseAggregate(store: Erasable, { choice, by }: Pick<EraseWish, "choice" | "by">, now: number): ErasedCounts {
  const { erasure, rows, erased } = prepare(store, choice, now);
  erasure.write(erased);
  for (const processId of listTouched(rows, erased)) {
    store.journal.append(createJournalRecord(processId, now, "erased", by === null ? {} : { by }));
  }
  // The worker hands letters over to their own file when it is told of some.
  if (erased.letters.length > 0) store.requests.add({ kind: "wake", mailboxes: [], accepted: 0, letters: true }, now);
  return count(rows, erased);
}

/** How to erase and to read what is kept of an aggregate. @throws ProcessError `ERASE_UNAVAILABLE` */
export function findErasure({ erasure }: Pick<Store, "erasure">): Erasure {
  if (erasure !== undefined) return erasure;
  throw new ProcessError("ERASE_UNAVAILABLE", "the adapter that keeps everything has no erasure", {
    hint: "Keep everything in an SQLite file, or give the adapter an `erasure`.",
  });
}

function prepare(store: Erasable, choice: AggregateChoice, now: number) {
  const erasure = findErasure(store);
  const rows = erasure.read(choice);
  const hindrances = findHindrances(rows, now);
  if (hindrances.length > 0) throw refuse(choice, hindrances);
  return { erasure, rows, erased: decideErasure(rows) };
}

/** The instances that lose something, each once. */
function listTouched({ journal }: AggregateRows, erased: ErasedRows): readonly string[] {
  const changed = new Set(erased.journal.map(({ seq }) => seq));
  const told = journal.filter(({ seq }) => changed.has(seq));
  return [...new Set([...erased.instances, ...told].map(({ processId }) => processId))];
}

function count(rows: AggregateRows, erased: ErasedRows): ErasedCounts {
  return {
    instances: listTouched(rows, erased).length,
    journalEntries: erased.journal.length,
    events: erased.events.length,
    deadLetters: erased.letters.length,
  };
}

// More of them would hide the first.
const NAMED = 5;

function refuse({ aggregateId, process }: AggregateChoice, hindrances: readonly EraseHindrance[]): ProcessError {
  const named = hindrances.slice(0, NAMED).map(({ kind, id, problem }) => `${kind} ${id} ${problem}`);
  const more = hindrances.length - named.length;
  const all = [...named, ...(more > 0 ? [countOf(more, "more thing")] : [])].join("; ");
  const what = process === undefined ? `"${aggregateId}"` : `"${aggregateId}" in ${process}`;
  return new ProcessError("ERASE_REFUSED", `${what} cannot be erased, because something of it is still to be done: ${all}`, {
    hint: "Let it end, or end it: cancel the instance, settle its dead letters, call its commands off. Then erase again; nothing was erased.",
    details: { aggregateId, ...(process !== undefined && { process }), hindrances },
  });
}
