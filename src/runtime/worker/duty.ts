import type { DeadLetterFile } from "../../store/dead-letter-file.ts";
import { nextTurn } from "../../platform/turn.ts";
import { repeat } from "../../platform/repeat.ts";
import { createRequestRunner } from "./answer-requests.ts";
import { createFailureNews } from "../commit/failure-news.ts";
import type { PublishedRoutes } from "../commit/published-routes.ts";
import { countSettled } from "../decide/changes.ts";
import { endsWork } from "../run/ends-work.ts";
import { buildIndexes, declareIndexes } from "./build-indexes.ts";
import { createHandOver } from "./hand-over.ts";
import type { Engine } from "../run/kernel.ts";
import { type Doubt, judgeAttempts } from "../run/judge-attempts.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { declareSchedules } from "../run/take-schedule.ts";
import { createInboxTaker, type InboxTaker } from "./take-inbox.ts";
import { pruneStore } from "./prune.ts";
import { reportLimits } from "./report-limits.ts";
import { createRunAheadWatch } from "./run-ahead.ts";
import { keepLooking, watchForeign } from "../../store/watch.ts";
import { type Run, beginRun } from "../run/run.ts";

/** What the worker does in addition to the run, as long as it holds the lease. */
export interface Duty {
  readonly run: Run;
  /** `undefined`: nobody but Perdure writes into the store. */
  readonly inbox: InboxTaker | undefined;
  /** Removes all that is past its retention, in small steps; returns how much went. */
  prune(): Promise<number>;
  /** Looks for what others have accepted without leaving word, while it seemed that no worker was there. */
  goThroughStore(): void;
  /** Ends everything except the run, which is ended apart. */
  end(): void;
}

const AUDIT_MS = 60_000;
const PRUNE_MS = 600_000;
const PRUNE_PAUSE_MS = 500;
// How long an answer waits for whoever asked.
const ANSWERS_KEPT_MS = 86_400_000;

/** Begins the work of a worker that has just taken the lease. */
export function takeDuty(engine: Engine, lease: LeaseKeeper, published: PublishedRoutes): Duty {
  const { committer, feed } = engine;
  const { store, logger, deadLetterFile } = engine.kernel;
  const lookForRunAhead = createRunAheadWatch(engine.kernel);
  lookForRunAhead(true);
  const { doubt, hasIndexesToBuild } = takeStock(engine, lease, published);
  // What can fail comes before the run begins, because otherwise the run would work on without a duty.
  const hasChanged = watchForeign(store);
  const letterFile = deadLetterFile && { file: deadLetterFile, hasFileChanged: watchForeign(deadLetterFile) };
  feed.add({ foreign: true });
  const run = beginRun(engine, doubt);
  feed.publish();

  const write = <Result>(work: () => Result) => committer.submit("step", work);
  let isEnded = false;
  const guard = createGuard(engine);
  const lookAgain = () =>
    nextTurn(() => {
      if (!isEnded) lookForRequests();
    });
  const requestRunner = createRequestRunner({ requests: store.requests, write, isMainStore: true, run, feed, logger, lookAgain });
  const pruning = createPruning(engine, lease);
  const inbox = store.inbox && createInboxTaker(engine, store.inbox, () => run);
  const isUntold = mayHaveUntoldRows(engine.kernel);
  const lookForRequests = guard(() => {
    const isChanged = hasChanged();
    if (isChanged || isUntold) inbox?.isDone();
    if (isChanged || requestRunner.isBehind) {
      // The lease is checked, because the change may be that of another worker, which has taken over.
      lease.check();
      requestRunner.look();
    }
    return isChanged;
  });
  const ends = [
    keepLooking(store, lookForRequests),
    repeat(
      guard(() => {
        // What came meanwhile was not forgotten: nobody has told of it.
        if (!lease.isLate()) run.audit();
      }),
      AUDIT_MS,
    ),
    ...(engine.kernel.domain.schedules.size > 0 ? [repeat(guard(lookForRunAhead), AUDIT_MS)] : []),
    ...(run.hasLimits ? [reportLimits(engine, lease, run, guard)] : []),
    ...(hasIndexesToBuild ? [buildIndexes(store, () => lease.check(), guard)] : []),
  ];
  guard(() => {
    requestRunner.look();
    inbox?.isDone();
  })();
  const prune = guard(pruning.prune);
  prune();
  ends.push(repeat(prune, () => (pruning.hasMore ? PRUNE_PAUSE_MS : PRUNE_MS)));
  if (letterFile !== undefined) ends.push(serveLetterFile({ ...letterFile, engine, lease, run, guard }));

  if (inbox !== undefined) ends.push(() => inbox.end());

  return {
    run,
    inbox,
    prune: pruning.pruneAll,
    goThroughStore: () => {
      // In a transaction the worker forgets what it remembers of mailboxes that others have written to.
      write(() => {})
        .catch((error: unknown) =>
          logger.error("the worker could not begin a transaction; it goes through its store all the same", { error }),
        )
        .finally(() => {
          run.miss();
          feed.add({ foreign: true });
          feed.publish();
        });
    },
    end: () => {
      isEnded = true;
      for (const end of ends) end();
    },
  };
}

/** What a worker puts right before it begins, in one transaction. Returns what may have ended the one before, and what is left to build. */
function takeStock(
  { kernel }: Engine,
  lease: LeaseKeeper,
  published: PublishedRoutes,
): { readonly doubt: Doubt; readonly hasIndexesToBuild: boolean } {
  const { store, clock, logger } = kernel;
  return store.transact(() => {
    lease.check();
    // They are not needed, because a run begins by looking at all mailboxes.
    store.requests.removeWakes();
    store.requests.prune(clock.now() - ANSWERS_KEPT_MS);
    // The worker before counted its limits in memory, so that all of them are free again.
    store.counters.reportLimits(undefined);
    if (store.counters.recount()) logger.warn("the store's counts were wrong, as an older version had left them, and were put right");
    // The routes are published with the first commit, so that from then on nobody accepts events by the routes of the worker before.
    published.publish();
    declareSchedules(kernel);
    const hasIndexesToBuild = declareIndexes(store, kernel.domain);
    return { hasIndexesToBuild, doubt: judgeAttempts(store, lease.takenFrom === undefined) };
  });
}

/**
 * Whether the inbox may have rows of which no commit of another connection tells, because the program that has this connection writes there, too, or
 * handlers do.
 */
function mayHaveUntoldRows({ store: { inbox }, domain }: Engine["kernel"]): boolean {
  return inbox !== undefined && (inbox.isShared || [...domain.commands.values()].some(({ transaction }) => transaction));
}

type Guard = <Result>(task: () => Result) => () => Result | undefined;

/** Guards a task that is done again and again: what it throws is logged, or ends the work if that cannot go on. */
function createGuard({ kernel, onWorkEnded }: Engine): Guard {
  return (task) => {
    const news = createFailureNews();
    return () => {
      try {
        const result = task();
        news.end();
        return result;
      } catch (error) {
        if (endsWork(error)) onWorkEnded(error);
        else if (news.isWorthTelling(error)) kernel.logger.error("the worker could not look after its store; it is tried again", { error });
        return undefined;
      }
    };
  };
}

function createPruning({ kernel, feed }: Engine, lease: LeaseKeeper) {
  const { store, settings, clock } = kernel;
  let hasMore = false;
  // Whoever asks for all of it is told how much it was, so that nothing may go beside it.
  let isAsked = false;
  const prune = () => {
    // Should it fail, it is tried again soon.
    hasMore = true;
    const { removed, isDone } = pruneStore(store, settings.retention, clock.now(), () => lease.check());
    hasMore = !isDone;
    if (removed > 0) feed.add({ foreign: true });
    feed.publish();
    return removed;
  };
  return {
    /** Removes a little of what is past its retention, unless all of it is being removed. */
    prune: () => {
      if (!isAsked) prune();
    },
    /** Whether the last time left something. */
    get hasMore() {
      return hasMore;
    },
    pruneAll: async () => {
      let removed = 0;
      isAsked = true;
      try {
        for (let count = prune(); count > 0; count = prune()) {
          removed += count;
          await new Promise<void>((resolve) => nextTurn(resolve));
        }
        return removed;
      } finally {
        isAsked = false;
      }
    },
  };
}

/** Keeps the file of dead letters up to date, and carries out what is asked for there. Returns the function that ends this. */
function serveLetterFile(ports: {
  readonly file: DeadLetterFile;
  readonly hasFileChanged: () => boolean;
  readonly engine: Engine;
  readonly lease: LeaseKeeper;
  readonly run: Run;
  readonly guard: Guard;
}): () => void {
  const { file, hasFileChanged, lease, run, guard } = ports;
  const { kernel, feed } = ports.engine;
  const { store, logger } = kernel;
  let isBehind = true;
  const handOverAll = createHandOver(store, file, () => lease.check(), logger);
  const handOver = guard(() => {
    isBehind = !handOverAll();
  });
  const write = async (work: () => void) => {
    // Whoever reads the answer finds the letter settled.
    handOver();
    file.transact(work);
  };
  let isEnded = false;
  const lookAgain = () =>
    nextTurn(() => {
      if (!isEnded) look();
    });
  const requestRunner = createRequestRunner({ requests: file.requests, write, isMainStore: false, run, feed, logger, lookAgain });
  const unsubscribe = feed.subscribe(({ steps, letters, foreign }) => {
    if (foreign || letters.length > 0 || steps.some((step) => step.deadLetter !== undefined || countSettled(step) > 0)) handOver();
  });
  handOver();
  guard(() => requestRunner.look())();
  const look = guard(() => {
    if (isBehind) handOver();
    const isChanged = hasFileChanged();
    if (isChanged || requestRunner.isBehind) requestRunner.look();
    return isChanged;
  });
  const stopLooking = keepLooking(file, look);
  return () => {
    isEnded = true;
    unsubscribe();
    stopLooking();
  };
}
