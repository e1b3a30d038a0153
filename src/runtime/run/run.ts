import type { ProcessError } from "../../errors.ts";
import { callAt, steadyClock, systemClock } from "../../platform/clock.ts";
import { nextTurn } from "../../platform/turn.ts";
import { countAcceptances } from "../commit/accept.ts";
import { canRunCommand, runCommandLane } from "./command-lane.ts";
import type { CommitFeed } from "../commit/commit-feed.ts";
import type { Committer } from "../commit/committer.ts";
import { findOpenLetter, hasTakenEffect, prepareSettlement } from "../commit/settle-letter.ts";
import type { Settlement } from "../decide/decide-settlement.ts";
import type { Kernel, Run } from "./kernel.ts";
import { createAudit } from "../schedule/audit.ts";
import { type Backlog, createBacklog } from "../schedule/backlog.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import type { Memory } from "../memory/memory.ts";
import { endsWork } from "./ends-work.ts";
import { createSerialRunner, type SerialRunner } from "../schedule/serial-runner.ts";
import { createSlots } from "../schedule/slots.ts";
import { canStep, runActor } from "./actor.ts";
import { createAttempts } from "./attempt.ts";
import { createAwaitedNotes } from "./awaited-notes.ts";
import { createBetweenSteps } from "../schedule/between-steps.ts";
import { writeChanges, type Written } from "../commit/write-changes.ts";
import { type Changes, countUsedUp } from "../decide/changes.ts";
import type { Doubt } from "./judge-attempts.ts";
import { createSuspects } from "./suspects.ts";

/** The work between `start` and `stop`. */
export interface ActiveRun {
  /** Wakes mailboxes, by their ids. */
  wake(mailboxes: readonly string[]): void;
  /**
   * Settles a dead letter between two steps of its instance; `alongside` writes in the same transaction.
   * @throws ProcessError as `settleLetter` does
   */
  settle(deadLetterId: string, settlement: Settlement, alongside?: () => void): Promise<void>;
  /** Nothing is left to do now, by what this run knows. */
  readonly isIdle: boolean;
  /** The same by the store. What the run had forgotten goes on, and is said. */
  isIdleByStore(): boolean;
  /** Compares a little of what waits in the store with what this run knows. What it had forgotten goes on, and is said. */
  audit(): void;
  /** What waits in the store may not have been told: everything is gone through again. */
  miss(): void;
  /** Handlers and commands in the works. */
  readonly running: number;
  /** Begins nothing new, lets what runs finish for `timeoutMs`, then cuts it off; `giveUp` ends commits that hang even then. */
  stop(timeoutMs: number, giveUp: () => void): Promise<void>;
  /** As the end of the OS process would: nothing that runs is waited for. */
  halt(): void;
}

// How long the commits of what was cut off may take.
const LAST_COMMITS_MS = 2_000;

// How many rows of what waits in the store are read at once.
const PAGE = 256;

// How soon a step is tried again whose commit was refused.
const PUT_OFF_MS = 1_000;

export interface RunListeners {
  /** The run may have become idle. */
  readonly onProgress: () => void;
  readonly onWorkEnded: (error: ProcessError) => void;
}

/** Recovers what the store holds and begins to work. */
export function beginRun(
  kernel: Kernel,
  memory: Memory,
  committer: Committer,
  feed: CommitFeed,
  listeners: RunListeners,
  doubt: Doubt,
): ActiveRun {
  const { onProgress, onWorkEnded } = listeners;
  const { store, clock, logger, router, routes, settings, memoryLimits } = kernel;
  const pageSize = Math.min(PAGE, memoryLimits.held);
  const attempts = createAttempts(clock, settings.handlerTimeoutMs);
  const betweenSteps = createBetweenSteps();
  // Lanes that wait for their instance's steps, by mailbox.
  const heldLanes = new Map<string, string[]>();
  let isStopping = false;
  // The first step begins in the next turn, so that whoever starts the system can say so before.
  let isBegun = false;
  const begun = new Promise<void>((resolve) =>
    nextTurn(() => {
      isBegun = true;
      resolve();
    }),
  );
  const handlerSlots = createSlots(settings.concurrency);
  const commandSlots = createSlots(settings.concurrency);
  const suspects = createSuspects(doubt, {
    store: store.suspects,
    logger,
    submit: committer.submit,
    handlerSlots,
    commandSlots,
    call: ({ kind, id }) => (kind === "step" ? actors : lanes).call(id),
    isRestIdle: () => isIdle(),
  });

  const run: Run = {
    attempts,
    memory,
    get isStopping() {
      return isStopping;
    },
    handlerSlots,
    commandSlots,
    suspects,
    commitStep: (changes) => {
      const write = (previous: Written | undefined) => {
        const written = writeChanges(store, memory, router, changes);
        // The step was committed before, or somebody else's was: a timeout can come second.
        if (!written.applied) return previous?.applied === true ? previous : written;
        suspects.settle(changes);
        return written;
      };
      return committer.submit("step", write, { onCommitted: ({ accepted, applied }) => noteCommitted(changes, accepted, applied) });
    },
    betweenSteps: (key, task) => {
      const id = keyToId(key);
      const done = betweenSteps.add(id, task);
      actors.call(id);
      return done;
    },
    // As long as not all that waits was handed on, any mailbox may have something to do.
    isAwake: (mailbox) => isSeenTo(mailbox) || !backlog.isHandedOn,
    holdLane: (processId, mailbox) => {
      heldLanes.set(mailbox, [...(heldLanes.get(mailbox) ?? []), processId]);
      // One that waits for a moment or for its turn comes to it by itself, and could do nothing before.
      if (!isSeenTo(mailbox)) actors.call(mailbox);
    },
    noteAwaited: createAwaitedNotes(logger),
  };

  const putOff = new Set<string>();
  const createRunner = (what: "instance" | "lane", work: (id: string) => Promise<void>): SerialRunner => {
    const runner = createSerialRunner({
      run: (id) => (isBegun ? work(id) : begun.then(() => work(id))),
      maxRunning: memoryLimits.active,
      maxWaiting: memoryLimits.held,
      onMissed: () => backlog.miss(what),
      onError: (id, error) => reportFailure(what, id, error, runner),
      onProgress: () => onRunEnded(),
    });
    return runner;
  };
  const actors = createRunner("instance", async (id) => {
    do {
      // Not awaited without need: a turn's delay would let what is due later begin before.
      if (betweenSteps.has(id)) await betweenSteps.perform(id);
      await runActor(id, kernel, run, () => betweenSteps.has(id));
    } while (betweenSteps.has(id) && !isStopping);
    if (heldLanes.size > 0) releaseLanes(id);
  });
  const lanes = createRunner("lane", (processId) => runCommandLane(processId, kernel, run));

  const backlog: Backlog = createBacklog({
    store,
    clock,
    actors,
    lanes,
    pageSize,
    onProgress: () => {
      suspects.look();
      onProgress();
    },
    onError: (what, error) => logger.error(`${what} could not be looked up; it is tried again`, { error }),
  });
  const isPutOff = (id: string) => putOff.has(id) || suspects.holdsBack(id);
  const isSeenTo = (mailbox: string) => actors.holds(mailbox) || isPutOff(mailbox);
  const audit = createAudit({
    store,
    now: () => clock.now(),
    instances: { runner: actors, isPutOff, canGoOn: (id) => canStep(id, kernel, memory) },
    lanes: { runner: lanes, isPutOff, canGoOn: (processId) => canRunCommand(processId, kernel, memory) },
    isHandedOn: () => backlog.isHandedOn,
    pageSize,
    logger,
  });

  const isIdle = () => actors.isIdle && lanes.isIdle && putOff.size === 0 && backlog.isHandedOn;

  const onRunEnded = () => {
    backlog.goOn();
    suspects.look();
    onProgress();
  };

  const noteCommitted = (changes: Changes, accepted: Written["accepted"], applied: boolean) => {
    const { source, instance, commands = [] } = changes;
    if (applied) {
      suspects.noteSettled(changes);
      feed.add({
        steps: changes.isIgnored === true ? [] : [changes],
        waiting: -countUsedUp(changes),
        ignored: changes.isIgnored === true ? 1 : 0,
      });
    }
    if (accepted.length > 0) feed.add(countAcceptances(accepted));
    if (isStopping) return;
    // Each step may have been the one that they wait for.
    if (heldLanes.size > 0) releaseLanes(keyToId(changes.key));
    const now = clock.now();
    if ("failure" in source && source.failure !== undefined)
      backlog.note(source.from === "command" ? "command" : "retry", source.failure.notBefore);
    if (instance !== undefined && instance.status === "started" && instance.dueAt !== null) backlog.note("timeout", instance.dueAt);
    for (const { dueAt, processId } of commands) {
      if (dueAt <= now) lanes.wake(processId);
      else backlog.note("command", dueAt);
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
      const write = (previous: Changes | undefined) => {
        if (previous !== undefined && hasTakenEffect(store.deadLetters, previous)) return previous;
        const changes = prepareSettlement(store, kernel.machines, { deadLetterId, settlement, now: clock.now() });
        writeChanges(store, memory, router, changes);
        suspects.settle(changes);
        alongside();
        return changes;
      };
      const changes = await committer.submit("step", write);
      noteCommitted(changes, [], true);
      // The operator who waits for it finds it in the overview.
      feed.publish();
      // Parked commands of the future count again.
      backlog.refresh();
      actors.wake(keyToId(changes.key));
      lanes.wake(processId);
    });
  };

  // What failed is still in the store as it was; it is tried again a little later.
  const reportFailure = (what: string, id: string, error: unknown, runner: SerialRunner) => {
    if (isStopping) return;
    if (endsWork(error)) return onWorkEnded(error);
    logger.error(
      `${what === "lane" ? "the commands of instance" : what} ${JSON.stringify(id)}: a step could not be committed; it is tried again`,
      { error },
    );
    putOff.add(id);
    systemClock.setTimeout(() => {
      putOff.delete(id);
      if (!isStopping) runner.wake(id);
    }, PUT_OFF_MS);
  };

  const endAll = () => {
    isStopping = true;
    attempts.close();
    backlog.stop();
    suspects.close();
    betweenSteps.close();
  };

  backlog.start();

  return {
    wake,
    settle,
    get isIdle() {
      return isIdle();
    },
    // What is left when the run ends is for the next one.
    isIdleByStore: () => isStopping || store.counters.countDue(clock.now(), routes) === 0 || audit.lookAtAll(),
    audit: () => {
      if (!isStopping) audit.look();
    },
    miss: () => {
      backlog.miss("instance");
      backlog.miss("lane");
      backlog.goOn();
    },
    get running() {
      return attempts.running;
    },
    stop: async (timeoutMs, giveUp) => {
      endAll();
      // In real time, whatever clock the system lives by: it is the OS process that has to end.
      let callOff = callAt(steadyClock, steadyClock.now() + timeoutMs, () => {
        attempts.cut();
        callOff = callAt(steadyClock, steadyClock.now() + LAST_COMMITS_MS, giveUp);
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
