import { ProcessError } from "../errors.ts";
import { systemClock } from "../platform/clock.ts";
import type { MailboxKey } from "../store/mailbox.ts";
import type { TimerRecord } from "../store/timers.ts";
import { type Acceptance, countAcceptances } from "./accept.ts";
import { runActor } from "./actor.ts";
import { type Changes, writeChanges, type Written } from "./changes.ts";
import { runCommandLane } from "./command-lane.ts";
import type { CommitFeed } from "./commit-feed.ts";
import type { Committer } from "./committer.ts";
import type { Kernel, Run } from "./kernel.ts";
import { createCut } from "./cut.ts";
import { createScheduler } from "./scheduler.ts";
import { createSerialRunner, type SerialRunner } from "./serial-runner.ts";
import { createSlots } from "./slots.ts";

/** The work between `start` and `stop`. */
export interface ActiveRun {
  noteAccepted(acceptances: readonly Acceptance[]): void;
  readonly isIdle: boolean;
  /** Handlers and commands in the works. */
  readonly running: number;
  /** Begins nothing new, lets what runs finish for `timeoutMs`, then cuts it off. */
  stop(timeoutMs: number): Promise<void>;
  /** As the end of the OS process would: nothing that runs is waited for. */
  halt(): void;
}

// Ids held in memory to be run; more stay in the store until these are done.
const MAX_WAITING = 10_000;

const PAGE = 256;

/** Recovers what the store holds and begins to work. `onProgress` is told whenever the run may have become idle. */
export function beginRun(kernel: Kernel, committer: Committer, feed: CommitFeed, onProgress: () => void): ActiveRun {
  const { store, clock, logger, router, settings } = kernel;
  const cut = createCut();
  const tasks = new Map<string, Task[]>();
  let isStopping = false;

  const run: Run = {
    cut,
    get isStopping() {
      return isStopping;
    },
    handlerSlots: createSlots(settings.concurrency),
    commandSlots: createSlots(settings.concurrency),
    commitStep: async (changes) => {
      const { accepted, applied } = await committer.submit(() => writeChanges(store, router, changes), { waits: true });
      noteCommitted(changes, accepted, applied);
    },
    betweenSteps: (key, task) =>
      new Promise((resolve, reject) => {
        if (isStopping) return reject(refuseStopped());
        const id = keyToId(key);
        const perform = () => task().then(resolve, reject);
        tasks.set(id, [...(tasks.get(id) ?? []), { perform, reject }]);
        actors.wake(id);
      }),
  };

  const refillMailboxes = createRefill(
    (after: MailboxKey | undefined) => store.mailbox.keys(after, PAGE),
    keyToId,
    () => actors,
  );
  const actors: SerialRunner = createSerialRunner({
    run: async (id) => {
      const key = idToKey(id);
      do {
        for (const { perform } of takeTasks(id)) await perform();
        await runActor(key, kernel, run, () => tasks.has(id));
      } while (tasks.has(id) && !isStopping);
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
    refill: createRefill(
      (after: string | undefined) => store.commands.lanes(clock.now(), after ?? "", PAGE),
      (processId) => processId,
      () => lanes,
    ),
    onError: (id, error) => reportFailure("commands of instance", id, error, () => lanes),
    onProgress: () => onRunEnded(),
  });

  const scheduler = createScheduler({
    store,
    clock,
    onDue: (timer: TimerRecord) => (timer.kind === "command" ? lanes.wake(timer.processId!) : actors.wake(keyToId(timer))),
    hasRoom: () => actors.hasRoom && lanes.hasRoom,
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
    if (source.from !== "timeout" && source.failure !== undefined) scheduler.note(source.failure.notBefore);
    if (instance !== undefined && instance.status === "started" && instance.dueAt !== null) scheduler.note(instance.dueAt);
    for (const { dueAt, processId } of commands) {
      if (dueAt <= now) lanes.wake(processId);
      else scheduler.note(dueAt);
    }
    if (changes.followUp !== undefined) actors.wake(keyToId(changes.key));
    noteAccepted(accepted);
  };

  const noteAccepted = (acceptances: readonly Acceptance[]) => {
    for (const { mailboxes } of acceptances) for (const key of mailboxes) actors.wake(keyToId(key));
  };

  const takeTasks = (id: string) => {
    const taken = tasks.get(id) ?? [];
    tasks.delete(id);
    return taken;
  };

  // What failed is still in the store as it was; it is tried again a little later.
  const reportFailure = (what: string, id: string, error: unknown, runner: () => SerialRunner) => {
    if (isStopping) return;
    logger.error(`${what} ${JSON.stringify(id)}: a step could not be committed; it is tried again`, { error });
    systemClock.setTimeout(() => {
      if (!isStopping) runner().wake(id);
    }, 1_000);
  };

  const endAll = () => {
    isStopping = true;
    scheduler.stop();
    for (const queue of tasks.values()) for (const { reject } of queue) reject(refuseStopped());
    tasks.clear();
  };

  scheduler.start();
  refillMailboxes();

  return {
    noteAccepted,
    get isIdle() {
      return actors.isIdle && lanes.isIdle && scheduler.isCaughtUp;
    },
    get running() {
      return actors.running + lanes.running;
    },
    stop: async (timeoutMs) => {
      endAll();
      // In real time, whatever clock the system lives by: it is the OS process that has to end.
      const limit = systemClock.setTimeout(() => cut.make(), timeoutMs);
      await Promise.all([actors.drain(), lanes.drain()]);
      systemClock.clearTimeout(limit);
    },
    halt: () => {
      endAll();
      cut.make();
    },
  };
}

interface Task {
  readonly perform: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

function countUsedUp({ source, drop = [], followUp }: Changes): number {
  const own = source.from === "mailbox" && source.failure === undefined ? 1 : 0;
  return own + drop.length - (followUp === undefined ? 0 : 1);
}

/** Wakes ids from the store page by page, as long as there is room; called again, it goes on where it stopped. */
function createRefill<Key>(read: (after: Key | undefined) => readonly Key[], toId: (key: Key) => string, runner: () => SerialRunner): () => void {
  let after: Key | undefined;
  return () => {
    for (;;) {
      const page = read(after);
      for (const key of page) runner().wake(toId(key));
      // Some of this page may have found no room, so it is read again.
      if (!runner().hasRoom) return runner().noteMore();
      after = page.at(-1);
      if (page.length < PAGE) {
        after = undefined;
        return;
      }
    }
  };
}

// Neither part of a key may contain the separator: process names are paths, and an aggregateId comes last.
function keyToId({ process, aggregateId }: MailboxKey): string {
  return `${process}\n${aggregateId}`;
}

function idToKey(id: string): MailboxKey {
  const separator = id.indexOf("\n");
  return { process: id.slice(0, separator), aggregateId: id.slice(separator + 1) };
}

function refuseStopped(): ProcessError {
  return new ProcessError("SYSTEM_STOPPED", "the system stops", { hint: "It goes on from here after the next start." });
}
