import { type Clock, systemClock, waitMs } from "../../platform/clock.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { Store } from "../../store/store.ts";
import { type TimerCursor, type TimerKind, timerKinds, type TimerRecord } from "../../store/timers.ts";
import { createWalk, type Walk } from "./walk.ts";

/**
 * Wakes whoever has something due. The moments are rows in the store; in memory there is one armed timer, for the next of
 * them, and how far the rows of each kind have been seen.
 *
 * No place moves over a row that was not handed on, and one that is written behind a place moves that back. So nothing that is due can
 * be passed over, however often the walk stops for lack of room.
 */
export interface Scheduler {
  /** Looks for everything that is due, also from before this process began. */
  start(): void;
  /** A row with this moment was committed. */
  note(kind: TimerKind, dueAt: number): void;
  /** What is due of these kinds may not have been held on to: it is looked through again, as soon as that is worth it. */
  lookAgain(kinds: readonly TimerKind[]): void;
  /** Rows that had not counted may count again. */
  refresh(): void;
  /** Goes on with the kinds that had stopped for lack of room, if it is worth it by now. */
  resume(): void;
  /** Whether nothing is due that has not been handed on. */
  readonly isCaughtUp: boolean;
  stop(): void;
}

const LOOK_AGAIN_MS = 1_000;

function justBefore(moment: number): TimerCursor {
  return { dueAt: moment - 1, id: AFTER_ALL_IDS };
}

// Behind every id of a moment: numbers sort before text in SQLite, and no id begins with this character.
const AFTER_ALL_IDS = "\uffff";

export interface SchedulerPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly onDue: (timer: TimerRecord) => void;
  /** Whether one more of this kind can be handed on. */
  readonly hasRoom: (kind: TimerKind) => boolean;
  /** Whether there is room enough to go on after a stop. */
  readonly isWorthResuming: (kind: TimerKind) => boolean;
  /** How many rows are read at once. */
  readonly pageSize: number;
  /** After each look, when all that was due has been handed on. */
  readonly onCaughtUp: () => void;
  /** A look failed; there will be another. */
  readonly onError: (error: unknown) => void;
}

export function createScheduler(ports: SchedulerPorts): Scheduler {
  return new RowScheduler(ports);
}

class RowScheduler implements Scheduler {
  readonly #ports: SchedulerPorts;
  readonly #walks: readonly KindWalk[];
  #lookedAt = Number.NEGATIVE_INFINITY;
  #nextDueAt: number | undefined;
  #armed: unknown;
  #isRunning = false;

  constructor(ports: SchedulerPorts) {
    const { store, pageSize } = ports;
    this.#ports = ports;
    this.#walks = timerKinds.map((kind) => ({
      kind,
      isPaused: false,
      rows: createWalk(
        (after) => store.timers.due(kind, after, this.#lookedAt, pageSize),
        ({ dueAt, id }) => ({ dueAt, id }),
        pageSize,
      ),
    }));
  }

  start(): void {
    this.#isRunning = true;
    this.#tryTick();
  }

  note(kind: TimerKind, dueAt: number): void {
    if (!this.#isRunning) return;
    const { rows, isPaused } = this.#walks.find((walk) => walk.kind === kind)!;
    // The clock was set back, or the row is due at once: it lies where the walk has been.
    if (rows.place !== undefined && dueAt <= rows.place.dueAt) rows.moveTo(justBefore(dueAt));
    if (!isPaused) this.#lookBy(dueAt);
  }

  lookAgain(kinds: readonly TimerKind[]): void {
    for (const walk of this.#walks) {
      if (!kinds.includes(walk.kind)) continue;
      walk.rows.again();
      walk.isPaused = true;
    }
  }

  refresh(): void {
    if (!this.#isRunning) return;
    const found = this.#ports.store.timers.nextDueAt(this.#lookedAt);
    if (found !== undefined) this.#lookBy(found);
  }

  resume(): void {
    if (this.#walks.some((walk) => walk.isPaused && this.#ports.isWorthResuming(walk.kind))) this.#tryTick();
  }

  get isCaughtUp(): boolean {
    return !this.#isRunning || (!this.#isPaused && (this.#nextDueAt === undefined || this.#nextDueAt > this.#ports.clock.now()));
  }

  stop(): void {
    this.#isRunning = false;
    this.#ports.clock.clearTimeout(this.#armed);
  }

  #tick(): void {
    if (!this.#isRunning) return;
    const { store, clock, onDue, hasRoom, onCaughtUp } = this.#ports;
    const walks = this.#walks;
    this.#lookedAt = clock.now();
    // What was read ahead is not the whole of what is due by now.
    for (const { rows } of walks) rows.moveTo(rows.place);
    for (let next = findFirst(walks, hasRoom); next !== undefined; next = findFirst(walks, hasRoom)) {
      next.walk.rows.take();
      onDue(next.timer);
    }
    for (const walk of walks) {
      walk.isPaused = walk.rows.peek() !== undefined;
      if (!walk.isPaused) walk.rows.moveTo({ dueAt: this.#lookedAt, id: AFTER_ALL_IDS });
    }
    this.#nextDueAt = store.timers.nextDueAt(this.#lookedAt);
    this.#arm();
    if (!this.#isPaused) onCaughtUp();
  }

  get #isPaused(): boolean {
    return this.#walks.some((walk) => walk.isPaused);
  }

  #arm(): void {
    const { clock } = this.#ports;
    clock.clearTimeout(this.#armed);
    if (this.#nextDueAt === undefined) return;
    // What is due already does not wait for the clock to move.
    if (this.#nextDueAt <= clock.now()) nextTurn(this.#onTimer);
    else this.#armed = clock.setTimeout(this.#onTimer, waitMs(clock, this.#nextDueAt));
  }

  /** Timers may fire early, and one wait may be shorter than the whole way. */
  readonly #onTimer = (): void => {
    if (!this.#isRunning) return;
    if (this.#nextDueAt === undefined || this.#nextDueAt > this.#ports.clock.now()) this.#arm();
    else this.#tryTick();
  };

  #tryTick(): void {
    try {
      this.#tick();
    } catch (error) {
      // Until the next look, something may be due that nobody has seen.
      this.#nextDueAt = this.#lookedAt;
      this.#ports.onError(error);
      // In real time: it is the store that is waited for.
      systemClock.setTimeout(() => this.#tryTick(), LOOK_AGAIN_MS);
    }
  }

  #lookBy(dueAt: number): void {
    if (this.#nextDueAt !== undefined && dueAt >= this.#nextDueAt) return;
    this.#nextDueAt = dueAt;
    this.#arm();
  }
}

/** How far the rows of one kind have been handed on. */
interface KindWalk {
  readonly kind: TimerKind;
  readonly rows: Walk<TimerRecord, TimerCursor>;
  /** Something of this kind is due, or may be, and waits for room. */
  isPaused: boolean;
}

/** Of the kinds that have room, the timer that is due first. */
function findFirst(walks: readonly KindWalk[], hasRoom: (kind: TimerKind) => boolean) {
  let first: { readonly walk: KindWalk; readonly timer: TimerRecord } | undefined;
  for (const walk of walks) {
    const timer = hasRoom(walk.kind) ? walk.rows.peek() : undefined;
    if (timer !== undefined && (first === undefined || timer.dueAt < first.timer.dueAt)) first = { walk, timer };
  }
  return first;
}
