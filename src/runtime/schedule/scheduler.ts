import { type Clock, systemClock, waitMs } from "../../platform/clock.ts";
import { type TimerCursor, type TimerKind, timerKinds, type TimerRecord } from "../../store/timers.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { Store } from "../../store/store.ts";

/**
 * Wakes whoever has something due. The moments are rows in the store; in memory there is one armed timer, for the next of
 * them, and how far the rows have been seen.
 */
export interface Scheduler {
  /** Looks for everything that is due, also from before this process began. */
  start(): void;
  /** A row with this moment was committed. */
  note(dueAt: number): void;
  /** Something that is due was forgotten: all that is due is looked for again. */
  lookAgain(): void;
  /** Rows that had not counted may count again. */
  refresh(): void;
  /** Goes on after it had stopped for lack of room. */
  resume(): void;
  /** Whether nothing is due that has not been handed on. */
  readonly isCaughtUp: boolean;
  stop(): void;
}

const PAGE = 256;
const LOOK_AGAIN_MS = 1_000;

function justBefore(moment: number): TimerCursor {
  return { dueAt: moment - 1, id: AFTER_ALL_IDS };
}

// Behind every id of a moment: numbers sort before text in SQLite, and no id begins with this character.
const AFTER_ALL_IDS = "\uffff";

export function createScheduler(ports: {
  readonly store: Store;
  readonly clock: Clock;
  readonly onDue: (timer: TimerRecord) => void;
  readonly hasRoom: () => boolean;
  /** After each look, when all that was due has been handed on. */
  readonly onCaughtUp: () => void;
  /** A look failed; there will be another. */
  readonly onError: (error: unknown) => void;
}): Scheduler {
  const { store, clock, onDue, hasRoom, onCaughtUp, onError } = ports;
  let scans = beginScans(undefined);
  let scannedTo = Number.NEGATIVE_INFINITY;
  let rewindTo: number | undefined;
  let nextDueAt: number | undefined;
  let armed: unknown;
  let isRunning = false;
  let isPaused = false;

  const tick = () => {
    if (!isRunning) return;
    const now = clock.now();
    isPaused = false;
    // What a scan had looked up before a pause is not the whole of what is due by now.
    scans = rewindTo === undefined ? scans.map(({ kind, position }) => createScan(kind, position())) : beginScans(justBefore(rewindTo));
    rewindTo = undefined;
    for (;;) {
      const next = findFirst(store, scans, now);
      if (next === undefined) break;
      if (!hasRoom()) {
        isPaused = true;
        return;
      }
      next.scan.take();
      onDue(next.timer);
    }
    scannedTo = now;
    scans = beginScans({ dueAt: now, id: AFTER_ALL_IDS });
    nextDueAt = store.timers.nextDueAt(now);
    arm();
    onCaughtUp();
  };

  const arm = () => {
    clock.clearTimeout(armed);
    if (nextDueAt === undefined) return;
    // What is due already does not wait for the clock to move.
    if (nextDueAt <= clock.now()) nextTurn(onTimer);
    else armed = clock.setTimeout(onTimer, waitMs(clock, nextDueAt));
  };

  // Timers may fire early, and one wait may be shorter than the whole way.
  const onTimer = () => {
    if (!isRunning) return;
    if (nextDueAt === undefined || nextDueAt > clock.now()) arm();
    else tryTick();
  };

  const tryTick = () => {
    try {
      tick();
    } catch (error) {
      // In real time: it is the store that is waited for.
      onError(error);
      systemClock.setTimeout(tryTick, LOOK_AGAIN_MS);
    }
  };

  return {
    start: () => {
      isRunning = true;
      tick();
    },
    note: (dueAt) => {
      if (!isRunning) return;
      // The clock was set back, or the row is due at once: it lies where the scan has been. During a pause that may be anywhere.
      if (isPaused || dueAt <= scannedTo) rewindTo = Math.min(rewindTo ?? dueAt, dueAt);
      if (isPaused) return;
      if (nextDueAt === undefined || dueAt < nextDueAt) {
        nextDueAt = dueAt;
        arm();
      }
    },
    lookAgain: () => {
      if (!isRunning) return;
      rewindTo = Number.MIN_SAFE_INTEGER;
      if (isPaused) return;
      nextDueAt = clock.now();
      arm();
    },
    refresh: () => {
      if (!isRunning || isPaused) return;
      nextDueAt = store.timers.nextDueAt(scannedTo);
      arm();
    },
    resume: () => {
      if (isPaused) tryTick();
    },
    get isCaughtUp() {
      return !isRunning || (!isPaused && (nextDueAt === undefined || nextDueAt > clock.now()));
    },
    stop: () => {
      isRunning = false;
      clock.clearTimeout(armed);
    },
  };
}

/** A walk over the timers of one kind in order of due time, a page at a time. */
interface Scan {
  readonly kind: TimerKind;
  /** The last timer that was taken. */
  position(): TimerCursor | undefined;
  peek(store: Store, now: number): TimerRecord | undefined;
  take(): void;
}

function beginScans(after: TimerCursor | undefined): readonly Scan[] {
  return timerKinds.map((kind) => createScan(kind, after));
}

function createScan(kind: TimerKind, after: TimerCursor | undefined): Scan {
  let cursor = after;
  let page: readonly TimerRecord[] = [];
  let index = 0;
  let isExhausted = false;
  return {
    kind,
    position: () => cursor,
    peek: (store, now) => {
      if (index === page.length && !isExhausted) {
        page = store.timers.due(kind, cursor, now, PAGE);
        index = 0;
        isExhausted = page.length < PAGE;
      }
      return page[index];
    },
    take: () => {
      cursor = page[index];
      index += 1;
    },
  };
}

function findFirst(store: Store, scans: readonly Scan[], now: number) {
  let first: { readonly scan: Scan; readonly timer: TimerRecord } | undefined;
  for (const scan of scans) {
    const timer = scan.peek(store, now);
    if (timer !== undefined && (first === undefined || timer.dueAt < first.timer.dueAt)) first = { scan, timer };
  }
  return first;
}
