import { ProcessError } from "../errors.ts";
import { withoutContext } from "../platform/async-context.ts";
import { systemClock } from "../platform/clock.ts";
import { repeat } from "../platform/repeat.ts";
import type { NewEvent } from "../store/events.ts";
import type { RequestBody } from "../store/requests.ts";
import { watchForeign } from "../store/watch.ts";
import { isBusy, isStoreGone } from "../store/store-error.ts";
import { acceptEvents, type Acceptance, countAcceptances, type Receipt } from "./commit/accept.ts";
import { askWorker } from "./worker/asker.ts";
import { checkEvents } from "./check/check-events.ts";
import { followRoutes } from "./commit/published-routes.ts";
import { type CommitFeed, createCommitFeed } from "./commit/commit-feed.ts";
import { createCommitter } from "./commit/committer.ts";
import { type Duty, takeDuty } from "./worker/duty.ts";
import { createIdleWaiters } from "./schedule/idle-waiters.ts";
import { idToKey } from "./memory/mailbox-id.ts";
import type { Kernel } from "./run/kernel.ts";
import { createMemory } from "./memory/memory.ts";
import { nameBriefly } from "../platform/owner.ts";
import { createLeaseKeeper } from "./worker/lease-keeper.ts";
import { findOpenLetter } from "./commit/settle-letter.ts";
import type { Settlement } from "./decide/decide-settlement.ts";

/**
 * What a system is doing: `created`, not started yet; `working`; `standby`, a worker that waits for the lease; `client`,
 * started and never working; `lost`, one that was displaced, or whose store is gone, and that has stopped.
 */
export type RuntimeState = "created" | "working" | "standby" | "client" | "lost";

/** The engine on one open store. It accepts events from the beginning, and works from `start` to `stop` if it holds the lease. */
export interface Runtime {
  readonly feed: CommitFeed;
  readonly state: RuntimeState;
  dispatch(inputs: readonly unknown[]): Promise<readonly Receipt[]>;
  /** By itself if it works, or else through the worker. @throws ProcessError as `settleLetter` does, `REQUEST_PENDING` */
  settle(deadLetterId: string, settlement: Settlement): Promise<void>;
  start(): void;
  /** Resolves when nothing is left that is due. */
  whenIdle(): Promise<void>;
  /** Removes what is past its retention. @throws ProcessError `SYSTEM_NOT_STARTED` */
  prune(): Promise<number>;
  /** Handlers and commands in the works. */
  readonly running: number;
  stop(timeoutMs: number): Promise<void>;
  /** Grows with everything that happens: while it stands still, nothing does. */
  readonly progress: number;
  /** Ends as a crash would: what is not committed is lost. */
  halt(): void;
}

// How often a process that does not work looks at what the worker has done.
const WATCH_MS = 50;
const LOOK_AGAIN_MS = 1_000;
// Listeners read the store anew, which costs more than the look: they are told every fourth time, if anything has changed.
const LOOKS_TO_TELL = 4;

export function openRuntime(kernel: Kernel): Runtime {
  const { store, clock, ids, logger, domain, router, settings, role, owner } = kernel;
  const name = nameBriefly(owner);
  const feed = createCommitFeed((error) => logger.error("a listener to commits failed", { error }));
  const lease = createLeaseKeeper(store, owner, settings.leaseMs, {
    onLost: (error) => onWorkEnded(error),
    onError: (error) => {
      if (isStoreGone(error)) onWorkEnded(error);
      else logger.error("the lease could not be renewed; it is tried again", { error });
    },
  });
  const idle = createIdleWaiters(
    () => isAllDone(),
    () => feed.publish(),
  );
  const rules = { domain, limits: settings.limits };
  let state: RuntimeState = "created";
  let duty: Duty | undefined;
  let lost: ProcessError | undefined;
  let stopped: ProcessError | undefined;
  let stopWatching = () => {};
  const hasForeignCommits = watchForeign(store);
  let looks = 0;
  let hasChanged = false;
  let progress = 0;

  const onProgress = () => {
    progress += 1;
    idle.check();
  };
  const onCommitted = () => {
    feed.publish();
    onProgress();
  };
  const memory = createMemory(store, kernel.memoryLimits);
  const hasForeignWrites = watchForeign(store);
  const published = followRoutes(store.routes, kernel.routes);
  let isWorker = false;
  const committer = createCommitter({
    store,
    logger,
    isBusy,
    onBegin: (hasSteps) => {
      if (hasSteps) lease.check();
      isWorker = hasSteps || lease.isHeld();
      const isForeign = hasForeignWrites();
      if (isForeign) published.forget();
      memory.begin(isWorker, isForeign);
    },
    onRolledBack: (error) => {
      memory.clear();
      if (isStoreGone(error)) onWorkEnded(error);
    },
    onCommitted,
  });

  const onWorkEnded = (error: ProcessError) => {
    if (state === "lost") return;
    logger.error(error.message, { error });
    endDuty();
    state = "lost";
    lost = error;
    idle.refuse(error);
    feed.end(error);
  };

  const endDuty = () => {
    stopWatching();
    duty?.end();
    duty?.run.halt();
    lease.abandon();
    duty = undefined;
  };

  /** Works if the lease can be had. */
  const tryToWork = (): boolean => {
    if (!lease.tryTake()) return false;
    try {
      duty = takeDuty({ kernel, memory, committer, feed, onProgress, onWorkEnded }, lease, published);
    } catch (error) {
      // The same owner takes the lease again at the next look.
      lease.abandon();
      throw error;
    }
    stopWatching();
    state = "working";
    const { takenFrom } = lease;
    logger.info(
      takenFrom === undefined
        ? `worker ${name} works`
        : `worker ${name} has taken over from ${nameBriefly(takenFrom)}, which had not given its lease back`,
    );
    return true;
  };

  const watch = () => {
    try {
      if (state === "standby" && tryToWork()) return;
      looks += 1;
      hasChanged ||= hasForeignCommits();
      if (hasChanged && looks % LOOKS_TO_TELL === 0) {
        hasChanged = false;
        feed.add({ foreign: true });
      }
      onCommitted();
    } catch (error) {
      if (isStoreGone(error)) onWorkEnded(error);
      else logger.warn("the store could not be looked at; it is tried again", { error });
    }
  };

  // The worker's own word comes first, because asking the store costs more.
  const isAllDone = (): boolean => {
    if (duty === undefined) return isStoreIdle();
    try {
      return duty.run.isIdle && committer.pending === 0 && duty.run.isIdleByStore();
    } catch (error) {
      if (isStoreGone(error)) onWorkEnded(error);
      else logger.warn("whether all is done could not be looked up; it is tried again", { error });
      systemClock.setTimeout(() => idle.check(), LOOK_AGAIN_MS);
      return false;
    }
  };

  const isStoreIdle = () => store.counters.countDue(clock.now(), published.read()) === 0;

  const accept = (events: readonly NewEvent[]): Promise<readonly Acceptance[]> => {
    const write = (previous: readonly Acceptance[] = []) => {
      const acceptances = acceptEvents(store, memory.activations, isWorker ? router : published.router, events).map((acceptance, index) =>
        acceptance.receipt.outcome === "duplicate" && previous[index]?.receipt.outcome === "accepted" ? previous[index] : acceptance,
      );
      // Also a worker that was displaced, and does not know yet, has to leave word for the one that works.
      if (!isWorker) tellWorker(acceptances);
      return acceptances;
    };
    const isDone = (previous: readonly Acceptance[]) => {
      // If that cannot be told either, what it may have stored is found by going through everything.
      duty?.run.miss();
      const accepted = previous.filter(({ receipt }) => receipt.outcome === "accepted");
      return accepted.length > 0 && accepted.every(({ receipt }) => store.events.has(receipt.eventId));
    };
    return committer.submit("accept", write, { onCommitted: noteAccepted, isDone });
  };

  const noteAccepted = (acceptances: readonly Acceptance[]) => {
    feed.add(countAcceptances(acceptances));
    for (const { mailboxes } of acceptances) duty?.run.wake(mailboxes);
  };

  const tellWorker = (acceptances: readonly Acceptance[]) => {
    const mailboxes = acceptances.flatMap((acceptance) => acceptance.mailboxes.map(idToKey));
    const { accepted } = countAcceptances(acceptances);
    if (mailboxes.length > 0) store.requests.add({ kind: "wake", mailboxes, accepted }, clock.now());
  };

  return {
    feed,
    get state() {
      return state;
    },
    dispatch: async (inputs) => {
      if (lost !== undefined) throw lost;
      const defaults = { now: clock.now(), nextId: () => ids.next() };
      const events = await checkEvents(inputs, rules, () => defaults, "");
      if (events.length === 0) return [];
      const acceptances = await accept(events);
      return acceptances.map(({ receipt }) => receipt);
    },
    settle: async (deadLetterId, settlement) => {
      if (lost !== undefined) throw lost;
      findOpenLetter(store.deadLetters, deadLetterId);
      const working = duty?.run;
      // The steps that follow are not the caller's.
      if (working !== undefined) return withoutContext(() => working.settle(deadLetterId, settlement));
      const body: RequestBody = { ...settlement, deadLetterId };
      return askWorker(
        store.requests,
        body,
        (work) => committer.submit("accept", work),
        () => stopped ?? lost,
      );
    },
    start: () => {
      lost = undefined;
      feed.begin();
      if (state !== "created" && state !== "lost") return;
      state = role === "client" ? "client" : "standby";
      // Before the first try, so that a store that cannot be written now is tried again.
      stopWatching = repeat(watch, WATCH_MS);
      if (state === "client") return;
      try {
        if (!tryToWork()) logger.info(`worker ${name} stands by: ${nameBriefly(store.lease.read()?.owner ?? "another")} works`);
      } catch (error) {
        if (!ProcessError.is(error, "STORE_UNAVAILABLE")) {
          stopWatching();
          state = "created";
          throw error;
        }
        logger.warn("the store cannot be written yet; the work begins when it can", { error });
      }
    },
    whenIdle: async () => {
      if (lost !== undefined) throw lost;
      if (state === "created")
        throw new ProcessError("SYSTEM_NOT_STARTED", "whenIdle: the system has not been started", { hint: "Call start() first." });
      return idle.wait();
    },
    prune: async () => {
      if (duty !== undefined) return duty.prune();
      throw new ProcessError("SYSTEM_NOT_STARTED", "prune: this process is not the worker", {
        hint: "Start it, or ask in the process that works.",
      });
    },
    get running() {
      return duty?.run.running ?? 0;
    },
    stop: async (timeoutMs) => {
      stopped = new ProcessError("SYSTEM_STOPPED", "the system was stopped", { hint: "Start it again." });
      stopWatching();
      duty?.end();
      await duty?.run.stop(timeoutMs, () => committer.close());
      committer.close();
      if (duty !== undefined) releaseLease();
      duty = undefined;
      feed.publish();
      feed.end(stopped);
      idle.release();
    },
    get progress() {
      return progress;
    },
    halt: () => {
      // Who waits would have the store looked at, which is gone with the OS process.
      idle.release();
      committer.close();
      endDuty();
    },
  };

  function releaseLease(): void {
    try {
      lease.release();
    } catch (error) {
      // Its keeper tells of its loss.
      if (!ProcessError.is(error, "LEASE_LOST")) logger.warn("the lease could not be given back; it expires by itself", { error });
    }
  }
}
