import { ProcessError } from "../errors.ts";
import { callAt, systemClock } from "../platform/clock.ts";
import type { MailboxKey } from "../store/mailbox.ts";
import type { TimerRecord } from "../store/timers.ts";
import { countAcceptances } from "./accept/accept.ts";
import { runCommandLane } from "./command/command-lane.ts";
import type { CommitFeed } from "./commit/commit-feed.ts";
import type { Committer } from "./commit/committer.ts";
import { findOpenLetter, settleLetter, type Settlement } from "./dead-letter/settle-letter.ts";
import type { Kernel, Run } from "./kernel.ts";
import { keyToId } from "./schedule/mailbox-id.ts";
import { createRefill, PAGE } from "./schedule/refill.ts";
import type { Memory } from "./memory.ts";
import { createScheduler } from "./schedule/scheduler.ts";
import { createSerialRunner, type SerialRunner } from "./schedule/serial-runner.ts";
import { createSlots } from "./schedule/slots.ts";
import { runActor } from "./step/actor.ts";
import { createAttempts } from "./step/attempt.ts";
import { createAwaitedNotes } from "./step/awaited-notes.ts";
import { createBetweenSteps } from "./step/between-steps.ts";
import { type Changes, writeChanges, type Written } from "./step/changes.ts";

/** The work between `start` and `stop`. */
export interface ActiveRun {
  /** Wakes mailboxes, by their ids. */
  wake(mailboxes: readonly string[]): void;
  /**
   * Settles a dead letter between two steps of its instance; `alongside` writes in the same transaction.
   * @throws ProcessError as `settleLetter` does
   */
  settle(deadLetterId: string, settlement: Settlement, alongside?: () => void): Promise<void>;
  readonly isIdle: boolean;
  /** Handlers and commands in the works. */
  readonly running: number;
  /** Begins nothing new, lets what runs finish for `timeoutMs`, then cuts it off; `giveUp` ends commits that hang even then. */
  stop(timeoutMs: number, giveUp: () => void): Promise<void>;
  /** As the end of the OS process would: nothing that runs is waited for. */
  halt(): void;
}

// How long the commits of what was cut off may take.
const LAST_COMMITS_MS = 2_000;

// Ids held in memory to be run; more stay in the store until these are done.
const MAX_WAITING = 10_000;

export interface RunListeners {
  /** The run may have become idle. */
  readonly onProgress: () => void;
  readonly onLeaseLost: (error: ProcessError) => void;
}

/** Recovers what the store holds and begins to work. */
export function beginRun(
  kernel: Kernel,
  memory: Memory,
  committer: Committer,
  feed: CommitFeed,
  listeners: RunListeners,
): ActiveRun {
  const { onProgress, onLeaseLost } = listeners;
  const { store, clock, logger, router, settings } = kernel;
  const attempts = createAttempts(clock, settings.handlerTimeoutMs);
  const betweenSteps = createBetweenSteps();
  // Lanes that wait for their instance's steps, by mailbox.
  const heldLanes = new Map<string, string[]>();
  let isStopping = false;
  let hasRecovered = false;

  const run: Run = {
    attempts,
    memory,
    get isStopping() {
      return isStopping;
    },
    handlerSlots: createSlots(settings.concurrency),
    commandSlots: createSlots(settings.concurrency),
    commitStep: (changes) => {
      let earlier: Written | undefined;
      const write = () => {
        const written = writeChanges(store, memory, router, changes);
        // A commit that took effect although it reported a failure is repeated, and finds its own step done.
        if (!written.applied && earlier?.applied === true) return earlier;
        earlier = written;
        return written;
      };
      return committer.submit("step", write, { onCommitted: ({ accepted, applied }) => noteCommitted(changes, accepted, applied) });
    },
    betweenSteps: (key, task) => {
      const id = keyToId(key);
      const done = betweenSteps.add(id, task);
      actors.wake(id);
      return done;
    },
    // Before all mailboxes have been woken, any of them may have something to do.
    isAwake: (mailbox) => !hasRecovered || actors.isAwake(mailbox),
    holdLane: (processId, mailbox) => {
      heldLanes.set(mailbox, [...(heldLanes.get(mailbox) ?? []), processId]);
      actors.wake(mailbox);
    },
    noteAwaited: createAwaitedNotes(logger),
  };

  const refillMailboxes = createRefill(
    (after: MailboxKey | undefined) => store.mailbox.keys(after, PAGE),
    keyToId,
    () => actors,
  );
  const actors: SerialRunner = createSerialRunner({
    run: async (id) => {
      do {
        // Not awaited without need: a turn's delay would let what is due later begin before.
        if (betweenSteps.has(id)) await betweenSteps.perform(id);
        await runActor(id, kernel, run, () => betweenSteps.has(id));
      } while (betweenSteps.has(id) && !isStopping);
      if (heldLanes.size > 0) releaseLanes(id);
    },
    // A step waits for a slot, for its handler and for the commit; only the second is limited by the user.
    maxRunning: settings.concurrency * 4,
    maxWaiting: MAX_WAITING,
    refill: refillMailboxes,
    onError: (id, error) => reportFailure("instance", id, error, () => actors),
    onProgress: () => onRunEnded(),
  });

  const lanes: SerialRunner = createSerialRunner({
    run: (processId) => runCommandLane(processId, kernel, run),
    maxRunning: settings.concurrency * 4,
    maxWaiting: MAX_WAITING,
    // The scheduler finds them by their due time.
    refill: () => scheduler.lookAgain(),
    onError: (id, error) => reportFailure("commands of instance", id, error, () => lanes),
    onProgress: () => onRunEnded(),
  });

  const scheduler = createScheduler({
    store,
    clock,
    onDue: (timer: TimerRecord) => (timer.kind === "command" ? lanes.wake(timer.processId!) : actors.wake(keyToId(timer))),
    hasRoom: () => actors.hasRoom && lanes.hasRoom,
    onError: (error) => logger.error("the timers could not be looked up; it is tried again", { error }),
    onCaughtUp: onProgress,
  });

  const onRunEnded = () => {
    if (!isStopping && actors.isHalfEmpty && lanes.isHalfEmpty) scheduler.resume();
    onProgress();
  };

  const noteCommitted = (changes: Changes, accepted: Written["accepted"], applied: boolean) => {
    const { source, instance, commands = [] } = changes;
    if (applied) {
      feed.add({ steps: changes.isIgnored === true ? [] : [changes], waiting: -countUsedUp(changes), ignored: changes.isIgnored === true ? 1 : 0 });
    }
    feed.add(countAcceptances(accepted));
    if (isStopping) return;
    const now = clock.now();
    if ("failure" in source && source.failure !== undefined) scheduler.note(source.failure.notBefore);
    if (instance !== undefined && instance.status === "started" && instance.dueAt !== null) scheduler.note(instance.dueAt);
    for (const { dueAt, processId } of commands) {
      if (dueAt <= now) lanes.wake(processId);
      else scheduler.note(dueAt);
    }
    if (changes.followUp !== undefined) actors.wake(keyToId(changes.key));
    for (const { mailboxes } of accepted) wake(mailboxes);
  };

  const releaseLanes = (mailbox: string) => {
    const held = heldLanes.get(mailbox) ?? [];
    heldLanes.delete(mailbox);
    for (const processId of held) lanes.wake(processId);
  };

  const wake = (mailboxes: readonly string[]) => {
    for (const id of mailboxes) actors.wake(id);
  };

  const settle = (deadLetterId: string, settlement: Settlement, alongside: () => void = () => {}) => {
    const { process, aggregateId, processId } = findOpenLetter(store.deadLetters, deadLetterId);
    return run.betweenSteps({ process, aggregateId }, async () => {
      let earlier: { readonly at: number; readonly changes: Changes } | undefined;
      const changes = await committer.submit("step", () => {
        // A commit that took effect although it reported a failure is repeated, and finds the letter settled by itself.
        const letter = store.deadLetters.get(deadLetterId);
        const status = settlement.kind === "retry" ? "retried" : "discarded";
        if (earlier !== undefined && letter?.status === status && letter.settledAt === earlier.at) return earlier.changes;
        const at = clock.now();
        earlier = { at, changes: settleLetter(store, kernel.machines, deadLetterId, settlement, at) };
        memory.activations.forget(keyToId(earlier.changes.key));
        memory.lanes.forget(processId);
        alongside();
        return earlier.changes;
      });
      noteCommitted(changes, [], true);
      // The operator who waits for it finds it in the overview.
      feed.publish();
      // Parked commands of the future count again.
      scheduler.refresh();
      actors.wake(keyToId(changes.key));
      lanes.wake(processId);
    });
  };

  // What failed is still in the store as it was; it is tried again a little later.
  const reportFailure = (what: string, id: string, error: unknown, runner: () => SerialRunner) => {
    if (isStopping) return;
    if (ProcessError.is(error, "LEASE_LOST")) return onLeaseLost(error);
    logger.error(`${what} ${JSON.stringify(id)}: a step could not be committed; it is tried again`, { error });
    systemClock.setTimeout(() => {
      if (!isStopping) runner().wake(id);
    }, 1_000);
  };

  const endAll = () => {
    isStopping = true;
    attempts.close();
    scheduler.stop();
    betweenSteps.close();
  };

  scheduler.start();
  refillMailboxes();
  hasRecovered = true;

  return {
    wake,
    settle,
    get isIdle() {
      return actors.isIdle && lanes.isIdle && scheduler.isCaughtUp;
    },
    get running() {
      return run.handlerSlots.taken + run.commandSlots.taken;
    },
    stop: async (timeoutMs, giveUp) => {
      endAll();
      // In real time, whatever clock the system lives by: it is the OS process that has to end.
      let callOff = callAt(systemClock, systemClock.now() + timeoutMs, () => {
        attempts.cut();
        callOff = callAt(systemClock, systemClock.now() + LAST_COMMITS_MS, giveUp);
      });
      await Promise.all([actors.drain(), lanes.drain()]);
      callOff();
    },
    halt: () => {
      endAll();
      attempts.cut();
    },
  };
}

function countUsedUp({ source, drop = [], followUp, putBack = 0 }: Changes): number {
  const own = source.from === "mailbox" && source.failure === undefined ? 1 : 0;
  return own + drop.length - putBack - (followUp === undefined ? 0 : 1);
}
