import { ProcessError } from "../../errors.ts";
import { systemClock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import type { SuspectKey, SuspectRecord, Suspects as StoredSuspects } from "../../store/suspects.ts";
import type { Committer } from "../commit/committer.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import type { Slots } from "../schedule/slots.ts";
import type { AttemptResult } from "../core/attempt.ts";
import type { Changes } from "../decide/changes.ts";
import type { Doubt } from "./judge-attempts.ts";

/**
 * Finds the handler or command that takes the OS process with it, and counts what it does as failed attempts. It costs nothing as long as
 * workers give their leases back.
 *
 * After a worker that did not, each attempt that could have been running is marked in the store before it begins. If this worker ends
 * too, those that were marked are suspects: they run alone, and after all else. A worker that ends while one runs alone was ended by it.
 */
export interface Suspects {
  /** Whether an attempt at it may not simply begin. */
  concern(kind: SuspectKey["kind"], number: number): boolean;
  /**
   * Begins an attempt with a place in `slots`, which the attempt gives back when it ends. A suspect whose turn has not come is `cut`, and
   * woken when it has.
   */
  attempt<Value>(subject: Subject, slots: Slots, begin: () => Promise<AttemptResult<Value>>): Promise<AttemptResult<Value>>;
  /** To be called inside the transaction of a step: the mark of what it used up or put off goes with it. */
  settle(changes: Changes): void;
  /** That transaction is committed. */
  noteSettled(changes: Changes): void;
  /** To be called whenever the run may have nothing else to do: then it has the next one that waits to do. */
  look(): void;
  /** Whether one that waits for its turn is of this mailbox or lane. */
  holdsBack(id: string): boolean;
  close(): void;
}

/** What an attempt is made at. */
export interface Subject extends SuspectKey {
  /** Such as `on-order-placed for order/order-lifecycle o-1`. */
  readonly name: string;
  /** From 1. */
  readonly attempt: number;
}

// How long a suspect waits for a moment at which nothing else is left to do.
const PATIENCE_MS = 1_000;

export function createSuspects(
  doubt: Doubt,
  ports: {
    readonly store: StoredSuspects;
    readonly logger: Logger;
    readonly submit: Committer["submit"];
    readonly handlerSlots: Slots;
    readonly commandSlots: Slots;
    readonly call: (key: SuspectKey) => void;
    /** Whether nothing else is left that is due. */
    readonly isRestIdle: () => boolean;
  },
): Suspects {
  const { store, logger, submit, handlerSlots, commandSlots, call, isRestIdle } = ports;
  const marked = new Map(doubt.marked.map((record) => [toName(record), record]));
  const marksBefore = new Set(doubt.marked.map(({ kind, number }) => `${kind} ${number}`));
  // Suspects that could run, in the order in which they were met.
  const waiting = new Set<string>();
  // The one that may run alone when its instance or lane comes to it.
  let next: string | undefined;
  let isAlone = false;
  let isClosed = false;
  let timer: unknown;

  /** If it fails, the attempt does not begin, and its place is free again. */
  const mark = async (record: SuspectRecord, slots: Slots) => {
    try {
      await submit("step", () => store.put(record));
      marked.set(toName(record), record);
    } catch (error) {
      slots.giveBack();
      throw error;
    }
  };

  const attemptAlone = async <Value>(record: SuspectRecord, subject: Subject, slots: Slots, begin: () => Promise<AttemptResult<Value>>) => {
    next = undefined;
    isAlone = true;
    // All places but the attempt's own, so that nothing else runs.
    const others = [handlerSlots, commandSlots].map((each) => ({ each, count: each === slots ? each.count - 1 : each.count }));
    await Promise.all([slots.take(), ...others.flatMap(({ each, count }) => Array.from({ length: count }, () => each.take()))]);
    try {
      // The steps that have just ended are committed with the mark, or before.
      await mark({ ...record, state: "alone" }, slots);
      if (record.deaths > 0) logger.warn(`${describe(subject)}; the worker died in ${tellDeaths(record.deaths, subject.attempt - 1)}`);
      else logger.info(`${describe(subject)} runs alone, because a worker died while it and others ran`);
      return await begin();
    } finally {
      isAlone = false;
      for (const { each, count } of others) for (let place = 0; place < count; place += 1) each.giveBack();
    }
  };

  const callNext = () => {
    const [first] = [...waiting].map((name) => marked.get(name)!).toSorted((a, b) => a.deaths - b.deaths);
    if (first === undefined) return;
    next = toName(first);
    waiting.delete(next);
    call(first);
  };

  const beImpatient = () => {
    timer ??= systemClock.setTimeout(() => {
      timer = undefined;
      if (isClosed || waiting.size === 0) return;
      if (!isAlone && (next === undefined || !marked.has(next))) callNext();
      beImpatient();
    }, PATIENCE_MS);
  };

  return {
    concern: (kind, number) =>
      number <= (kind === "step" ? doubt.steps : doubt.commands) || (marksBefore.size > 0 && marksBefore.has(`${kind} ${number}`)),
    attempt: async (subject, slots, begin) => {
      const { kind, id, number } = subject;
      const name = toName(subject);
      const record = marked.get(name) ?? { kind, id, number, state: "begun", deaths: 0 };
      switch (record.state) {
        case "died":
          return { outcome: "failed", error: refuseDied(subject, record.deaths) };
        case "suspect":
        case "alone":
          if (name === next && !isAlone) return attemptAlone(record, subject, slots, begin);
          waiting.add(name);
          beImpatient();
          return { outcome: "cut" };
        case "begun":
          if (!slots.tryTake()) await slots.take();
          await mark(record, slots);
          return begin();
      }
    },
    settle: (changes) => {
      if (marked.size === 0) return;
      for (const { record, isOver } of findSettled(changes, marked)) {
        if (isOver) store.remove(record);
        else store.put({ ...record, state: "suspect" });
      }
    },
    noteSettled: (changes) => {
      if (marked.size === 0) return;
      for (const { record, isOver } of findSettled(changes, marked)) {
        if (!isOver) marked.set(toName(record), { ...record, state: "suspect" });
        else {
          marked.delete(toName(record));
          waiting.delete(toName(record));
        }
      }
    },
    look: () => {
      if (waiting.size > 0 && !isAlone && !isClosed && isRestIdle()) callNext();
    },
    holdsBack: (id) => [...waiting].some((name) => marked.get(name)!.id === id),
    close: () => {
      isClosed = true;
      systemClock.clearTimeout(timer);
    },
  };
}

function toName({ kind, id, number }: SuspectKey): string {
  return `${kind} ${number} ${id}`;
}

/** The marks that `changes` concern. `isOver`: what was marked has gone, or has failed and is no suspect. */
function findSettled({ source, key, drop = [], instance }: Changes, marked: ReadonlyMap<string, SuspectRecord>) {
  const id = keyToId(key);
  const find = (at: SuspectKey) => {
    const record = marked.get(toName(at));
    return record === undefined ? [] : [record];
  };
  const gone = drop.flatMap((number) => find({ kind: "step", id, number }));
  // An operator has ended the instance, and its parked commands with it.
  if (source.from === "letter" && instance !== undefined && instance.endedAt !== null) {
    for (const record of marked.values()) if (record.kind === "command" && record.id === instance.processId) gone.push(record);
  }
  const own =
    source.from === "mailbox"
      ? find({ kind: "step", id, number: source.position })
      : source.from === "command"
        ? find({ kind: "command", id: source.processId, number: source.seq })
        : [];
  const hasFailed = "failure" in source && source.failure !== undefined;
  return [
    ...gone.map((record) => ({ record, isOver: true })),
    ...own.map((record) => ({ record, isOver: !hasFailed || record.state === "begun" })),
  ];
}

function describe({ attempt, name }: Subject): string {
  return `attempt ${attempt} of ${name}`;
}

/** In which of the attempts before: `the first two`, or `2 of the 3 before`. */
function tellDeaths(deaths: number, attempts: number): string {
  if (deaths !== attempts) return `${deaths} of the ${attempts} before`;
  return deaths === 1 ? "the first" : `the first ${["two", "three", "four", "five"][deaths - 2] ?? deaths}`;
}

function refuseDied(subject: Subject, deaths: number): ProcessError {
  const before = deaths === 1 ? "" : `, as in ${tellDeaths(deaths - 1, subject.attempt - 1)}`;
  return new ProcessError(
    "WORKER_DIED",
    `${describe(subject)}: the worker died, or stood still for longer than its lease, while it ran alone${before}`,
    {
      hint: "Look for what ends or blocks the OS process: process.exit, too little memory, a native module, an endless loop. Then retry its dead letter.",
      details: { attempt: subject.attempt, deaths },
    },
  );
}
