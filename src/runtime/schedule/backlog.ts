import type { Clock } from "../../platform/clock.ts";
import { createLater } from "../../platform/later.ts";
import type { MailboxKey } from "../../store/mailbox.ts";
import type { Store } from "../../store/store.ts";
import type { TimerKind } from "../../store/timers.ts";
import { timerOwner } from "./timer-owner.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import { createScheduler } from "./scheduler.ts";
import type { SerialRunner } from "./serial-runner.ts";
import { createWalk } from "./walk.ts";

/**
 * Hands on what waits in the store: mailboxes with entries, and whatever is due. Memory holds a limited number of ids and the store any
 * number of rows, so an id may not be held. When one was not held, the backlog goes through everything again, from the first row to the
 * last, and until it has done so the backlog does not count as handed on.
 */
export interface Backlog {
  /** Goes through everything, including what the worker before has left. */
  start(): void;
  /** Notes that an instance that waits in the store, or a lane, was not held in memory. */
  miss(what: "instance" | "lane" | "schedule"): void;
  /** Goes on where it stopped, because there may be room by now. */
  goOn(): void;
  /** Notes that a row of this kind with this moment was committed. */
  note(kind: TimerKind, dueAt: number): void;
  /** Notes that rows may count as due which did not count before. */
  refresh(): void;
  /** Whether everything that waits in the store and can be worked at has been handed on. */
  readonly isHandedOn: boolean;
  stop(): void;
}

/** What the backlog looks for in the store. */
type LookedUp = "mailboxes" | "timers";

// A look that failed is repeated in real time, because it waits for the store.
const LOOK_AGAIN_MS = 1_000;

export function createBacklog(ports: {
  readonly store: Store;
  readonly clock: Clock;
  /** By the id of a mailbox. */
  readonly actors: SerialRunner;
  /** By lane. */
  readonly lanes: SerialRunner;
  /** By the schedule's name. */
  readonly schedules: SerialRunner;
  /** Reads these mailboxes and their open instances into memory, and notes which of the instances, by their processIds, have no commands. */
  readonly preload: (mailboxes: readonly string[], processIds?: readonly string[]) => void;
  /** How many rows are read at once. */
  readonly pageSize: number;
  /** Called when all that waited may have been handed on. */
  readonly onProgress: () => void;
  /** Called when a look has failed; there will be another. */
  readonly onError: (what: LookedUp, error: unknown) => void;
  /** Called when a look has succeeded. */
  readonly onRead: (what: LookedUp) => void;
}): Backlog {
  const { store, clock, actors, lanes, schedules, preload, pageSize, onProgress, onError, onRead } = ports;
  let isRunning = false;
  const readKeys = (after: MailboxKey | undefined) => {
    const keys = store.mailbox.keys(after, pageSize);
    preload(keys.map(keyToId));
    onRead("mailboxes");
    return keys;
  };
  const mailboxes = createWalk(readKeys, (key) => key, pageSize);
  const runnerOf = (kind: TimerKind) => (kind === "command" ? lanes : kind === "schedule" ? schedules : actors);
  const scheduler = createScheduler({
    store,
    clock,
    onRead: (kind, due) => {
      if (runnerOf(kind) !== actors) return;
      // A timed-out handler waits for the commands that were due before.
      const processIds = kind === "timeout" ? due.flatMap(({ processId }) => processId ?? []) : [];
      preload(due.map(timerOwner), processIds);
    },
    onDue: (timer) => runnerOf(timer.kind).wake(timerOwner(timer)),
    hasRoom: (kind) => runnerOf(kind).room > 0,
    isWorthResuming: (kind) => runnerOf(kind).isHalfEmpty,
    pageSize,
    onError: (error) => onError("timers", error),
    onLooked: () => onRead("timers"),
    onCaughtUp: onProgress,
  });

  const walkMailboxes = () => {
    try {
      for (let key = mailboxes.peek(); key !== undefined && actors.room > 0; key = mailboxes.peek()) {
        mailboxes.take();
        actors.wake(keyToId(key));
      }
    } catch (error) {
      onError("mailboxes", error);
      again.ask();
    }
  };
  const again = createLater(walkMailboxes, LOOK_AGAIN_MS);

  return {
    start: () => {
      isRunning = true;
      scheduler.start();
      walkMailboxes();
    },
    miss: (what) => {
      if (what === "lane") return scheduler.lookAgain(["command"]);
      if (what === "schedule") return scheduler.lookAgain(["schedule"]);
      mailboxes.again();
      scheduler.lookAgain(["timeout", "after", "retry", "discard"]);
    },
    goOn: () => {
      if (!isRunning) return;
      if (!mailboxes.isDone && actors.isHalfEmpty && !again.isAsked) walkMailboxes();
      scheduler.resume();
    },
    note: (kind, dueAt) => scheduler.note(kind, dueAt),
    refresh: () => scheduler.refresh(),
    get isHandedOn() {
      return !isRunning || (mailboxes.isDone && scheduler.isCaughtUp);
    },
    stop: () => {
      isRunning = false;
      again.end();
      scheduler.stop();
    },
  };
}
