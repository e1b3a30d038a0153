import { ProcessError } from "../../errors.ts";
import { createLater, type Later } from "../../platform/later.ts";
import type { Logger } from "../../platform/logger.ts";
import type { SuspectKey, SuspectRecord } from "../../store/suspects.ts";
import type { Slots } from "../schedule/slots.ts";
import type { NotBegun } from "../core/attempt.ts";
import type { Changes } from "../decide/changes.ts";
import type { Doubt } from "./judge-attempts.ts";
import { createMarks, type MarkPorts, type Marks, nameMark } from "./marks.ts";

/**
 * Finds the handler or command that ends the OS process, and counts each such end as a failed attempt. This costs nothing as long as
 * workers give their leases back.
 *
 * After a worker that did not, each attempt that could have been running is marked in the store before it begins. If the next worker ends
 * too, the marked attempts are suspects: they run alone, and after everything else. If a worker ends while a suspect runs alone, the
 * suspect has ended it.
 */
export interface Suspects {
  /** Whether an attempt at it has to be marked, or has to wait until it can run alone. */
  concern(kind: SuspectKey["kind"], number: number): boolean;
  /**
   * Begins an attempt with a place in `slots`, which the attempt gives back when it ends. A suspect whose turn has not come is `cut`, and
   * is woken when its turn has come.
   */
  attempt<Result>(subject: Subject, slots: Slots, begin: () => Promise<Result>): Promise<Result | NotBegun>;
  /** Removes the marks of what a step has used up or put off. Call it inside the step's transaction. */
  settle(changes: Changes): void;
  /** Notes that the step's transaction was committed. */
  noteSettled(changes: Changes): void;
  /** Wakes the next suspect that waits. Call it whenever the run may have nothing else to do. */
  look(): void;
  /** Whether a suspect of this mailbox or lane waits for its turn. */
  holdsBack(id: string): boolean;
  close(): void;
}

/** What is attempted. */
export interface Subject extends SuspectKey {
  /** A name for messages, such as `on-order-placed for order/order-lifecycle o-1`. */
  readonly name: string;
  /** From 1. */
  readonly attempt: number;
}

// How long a suspect waits at most for a moment at which nothing else is left to do.
const PATIENCE_MS = 1_000;

export interface SuspectPorts extends MarkPorts {
  readonly logger: Logger;
  readonly handlerSlots: Slots;
  readonly commandSlots: Slots;
  readonly call: (key: SuspectKey) => void;
  /** Whether nothing else is left that is due. */
  readonly isRestIdle: () => boolean;
}

export function createSuspects(doubt: Doubt, ports: SuspectPorts): Suspects {
  return new TakingTurns(doubt, ports);
}

class TakingTurns implements Suspects {
  readonly #ports: SuspectPorts;
  readonly #marks: Marks;
  /** Suspects that could run, by the mailbox or lane that each is the next of, in the order in which they were found. */
  readonly #waiting = new Map<string, string>();
  /** The suspect that may run alone when its instance or lane comes to it. */
  #next: string | undefined;
  #isAlone = false;
  #isClosed = false;
  readonly #impatience: Later = createLater(() => this.#callAnother(), PATIENCE_MS);

  constructor(doubt: Doubt, ports: SuspectPorts) {
    this.#ports = ports;
    this.#marks = createMarks(doubt, ports);
  }

  concern(kind: SuspectKey["kind"], number: number): boolean {
    return this.#marks.concern(kind, number);
  }

  async attempt<Result>(subject: Subject, slots: Slots, begin: () => Promise<Result>): Promise<Result | NotBegun> {
    const record = this.#marks.find(subject);
    switch (record.state) {
      case "died":
        return { outcome: "failed", error: refuseDied(subject, record.deaths) };
      case "suspect":
      case "alone":
        if (nameMark(subject) === this.#next && !this.#isAlone) return this.#attemptAlone({ record, subject, slots, begin });
        this.#waiting.set(subject.id, nameMark(subject));
        this.#impatience.ask();
        return { outcome: "cut" };
      case "begun":
        if (!slots.tryTake()) await slots.take();
        await this.#mark(record, slots);
        return begin();
    }
  }

  settle(changes: Changes): void {
    this.#marks.settle(changes);
  }

  noteSettled(changes: Changes): void {
    for (const mark of this.#marks.noteSettled(changes)) {
      if (this.#waiting.get(mark.id) !== nameMark(mark)) continue;
      this.#waiting.delete(mark.id);
      // Whatever comes after it there has not run while it waited.
      this.#ports.call(mark);
    }
  }

  look(): void {
    if (this.#waiting.size > 0 && !this.#isAlone && !this.#isClosed && this.#ports.isRestIdle()) this.#callNext();
  }

  holdsBack(id: string): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(id);
  }

  close(): void {
    this.#isClosed = true;
    this.#impatience.end();
  }

  async #attemptAlone<Result>(turn: {
    readonly record: SuspectRecord;
    readonly subject: Subject;
    readonly slots: Slots;
    readonly begin: () => Promise<Result>;
  }): Promise<Result> {
    const { record, subject, slots, begin } = turn;
    const { handlerSlots, commandSlots, logger } = this.#ports;
    this.#next = undefined;
    this.#isAlone = true;
    // All other places are taken too, so that nothing else runs.
    const others = [handlerSlots, commandSlots].map((each) => ({ each, count: each === slots ? each.count - 1 : each.count }));
    await Promise.all([slots.take(), ...others.flatMap(({ each, count }) => Array.from({ length: count }, () => each.take()))]);
    try {
      // The steps that have just ended are committed together with the mark, or before it.
      await this.#mark({ ...record, state: "alone" }, slots);
      if (record.deaths > 0) logger.warn(`${describe(subject)}; the worker died in ${tellDeaths(record.deaths, subject.attempt - 1)}`);
      else logger.info(`${describe(subject)} runs alone, because a worker died while it and others ran`);
      return await begin();
    } finally {
      this.#isAlone = false;
      for (const { each, count } of others) for (let place = 0; place < count; place += 1) each.giveBack();
    }
  }

  /** Writes the mark. If that fails, the attempt does not begin, and its place is free again. */
  async #mark(record: SuspectRecord, slots: Slots): Promise<void> {
    try {
      await this.#marks.put(record);
    } catch (error) {
      slots.giveBack();
      throw error;
    }
  }

  #callNext(): void {
    const [first] = [...this.#waiting.values()].map((name) => this.#marks.get(name)!).toSorted((a, b) => a.deaths - b.deaths);
    if (first === undefined) return;
    this.#next = nameMark(first);
    this.#waiting.delete(first.id);
    this.#ports.call(first);
  }

  /** One that was called and has not begun in all that time waits for something else, such as a limit, so that it goes behind the others. */
  #callAnother(): void {
    if (this.#isClosed || this.#waiting.size === 0) return;
    if (!this.#isAlone) {
      const late = this.#next === undefined ? undefined : this.#marks.get(this.#next);
      this.#callNext();
      if (late !== undefined) this.#waiting.set(late.id, nameMark(late));
    }
    this.#impatience.ask();
  }
}

function describe({ attempt, name }: Subject): string {
  return `attempt ${attempt} of ${name}`;
}

/** In which earlier attempts a worker died: `the first two`, or `2 of the 3 before`. */
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
