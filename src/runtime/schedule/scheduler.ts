import { type Clock, waitMs } from "../../platform/clock.ts";
import { createLater, type Later } from "../../platform/later.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { Store } from "../../store/store.ts";
import { type TimerCursor, type TimerKind, timerKinds, type TimerRecord } from "../../store/timers.ts";
import { createWalk, type Walk } from "./walk.ts";

/**
 * Wakes whoever has something due. The moments are rows in the store. Memory has one timer, for the next of them, and the place up to which
 * the rows of each kind have been seen.
 *
 * A place never moves past a row that was not handed on, and a row that is written before a place moves the place back. So nothing that is
 * due can be passed over, however often the walk stops for lack of room.
 */
export interface Scheduler {
  /** Looks for everything that is due, including what was due before this OS process began. */
  start(): void;
  /** Notes that a row with this moment was committed. */
  note(kind: TimerKind, dueAt: number): void;
  /** Looks through these kinds again as soon as there is room enough, because what was handed on may not have been held. */
  lookAgain(kinds: readonly TimerKind[]): void;
  /** Notes that rows may count which did not count before. */
  refresh(): void;
  /** Goes on with the kinds that had stopped for lack of room, if there is room enough by now. */
  resume(): void;
  /** Whether everything that is due has been handed on. */
  readonly isCaughtUp: boolean;
  stop(): void;
}

const LOOK_AGAIN_MS = 1_000;

function justBefore(moment: number): TimerCursor {
  return { dueAt: moment - 1, id: AFTER_ALL_IDS };
}

// This id comes after every other id of a moment, because SQLite sorts numbers before text, and no id begins with this character.
const AFTER_ALL_IDS = "\uffff";

export interface SchedulerPorts {
  readonly store: Store;
  readonly clock: Clock;
  /** Called with each page of timers, before any of them is handed on. */
  readonly onRead: (kind: TimerKind, due: readonly TimerRecord[]) => void;
  readonly onDue: (timer: TimerRecord) => void;
  /** Whether one more of this kind can be handed on. */
  readonly hasRoom: (kind: TimerKind) => boolean;
  /** Whether there is room enough to go on after a stop. */
  readonly isWorthResuming: (kind: TimerKind) => boolean;
  /** How many rows are read at once. */
  readonly pageSize: number;
  /** Called after each look at which everything due has been handed on. */
  readonly onCaughtUp: () => void;
  /** Called when a look has failed; there will be another. */
  readonly onError: (error: unknown) => void;
  /** Called when a look has succeeded. */
  readonly onLooked: () => void;
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
  // The pause is in real time, because it waits for the store.
  readonly #again: Later = createLater(() => this.#tryTick(), LOOK_AGAIN_MS);
  #isRunning = false;

  constructor(ports: SchedulerPorts) {
    const { store, pageSize, onRead } = ports;
    this.#ports = ports;
    this.#walks = timerKinds.map((kind) => ({
      kind,
      isPaused: false,
      rows: createWalk(
        (after) => {
          const due = store.timers.due(kind, after, this.#lookedAt, pageSize);
          onRead(kind, due);
          return due;
        },
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
    // The row is before the walk's place, because the clock was set back or the row is due at once.
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
    if (this.#again.isAsked) return;
    if (this.#walks.some((walk) => walk.isPaused && this.#ports.isWorthResuming(walk.kind))) this.#tryTick();
  }

  get isCaughtUp(): boolean {
    return !this.#isRunning || (!this.#isPaused && (this.#nextDueAt === undefined || this.#nextDueAt > this.#ports.clock.now()));
  }

  stop(): void {
    this.#isRunning = false;
    this.#again.end();
    this.#ports.clock.clearTimeout(this.#armed);
  }

  #tick(): void {
    if (!this.#isRunning) return;
    const { store, clock, onDue, hasRoom, onCaughtUp } = this.#ports;
    const walks = this.#walks;
    this.#lookedAt = clock.now();
    // More may be due by now than what was read ahead.
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
    // What is due already must not wait until the clock moves.
    if (this.#nextDueAt <= clock.now()) nextTurn(this.#onTimer);
    else this.#armed = clock.setTimeout(this.#onTimer, waitMs(clock, this.#nextDueAt));
  }

  /** Waits again where it is too early, because timers may fire early, and a long wait is made of several. */
  readonly #onTimer = (): void => {
    if (!this.#isRunning) return;
    if (this.#nextDueAt === undefined || this.#nextDueAt > this.#ports.clock.now()) this.#arm();
    else this.#tryTick();
  };

  #tryTick(): void {
    try {
      this.#tick();
      this.#ports.onLooked();
    } catch (error) {
      // The look has failed, so until the next one something may be due that nobody has seen.
      this.#nextDueAt = this.#lookedAt;
      this.#ports.onError(error);
      this.#again.ask();
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
  /** Whether something of this kind is due, or may be, and waits for room. */
  isPaused: boolean;
}

/** The timer that is due first, among the kinds that have room. */
function findFirst(walks: readonly KindWalk[], hasRoom: (kind: TimerKind) => boolean) {
  let first: { readonly walk: KindWalk; readonly timer: TimerRecord } | undefined;
  for (const walk of walks) {
    const timer = hasRoom(walk.kind) ? walk.rows.peek() : undefined;
    if (timer !== undefined && (first === undefined || timer.dueAt < first.timer.dueAt)) first = { walk, timer };
  }
  return first;
}
