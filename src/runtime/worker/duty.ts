import { nextTurn } from "../../platform/turn.ts";
import { repeat } from "../../platform/repeat.ts";
import { createRequestDesk } from "./answer-requests.ts";
import type { PublishedRoutes } from "../commit/published-routes.ts";
import { countSettled } from "../decide/changes.ts";
import { endsWork } from "../run/ends-work.ts";
import { handOverLetters } from "./hand-over.ts";
import type { Engine } from "../run/kernel.ts";
import { judgeAttempts } from "../run/judge-attempts.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { pruneStore } from "./prune.ts";
import { keepLooking, watchForeign } from "../../store/watch.ts";
import { type ActiveRun, beginRun } from "../run/run.ts";

/** What the worker does beside the work itself, as long as it holds the lease. */
export interface Duty {
  readonly run: ActiveRun;
  /** Removes all that is past its retention, in small steps; returns how much went. */
  prune(): Promise<number>;
  /** Ends what is beside the work; the run is ended by itself. */
  end(): void;
}

const AUDIT_MS = 60_000;
const PRUNE_MS = 600_000;
const PRUNE_PAUSE_MS = 500;

export function takeDuty(engine: Engine, lease: LeaseKeeper, published: PublishedRoutes): Duty {
  const { committer, feed, onWorkEnded } = engine;
  const { store, clock, logger, settings, deadLetterFile } = engine.kernel;
  // Requests to wake a mailbox are met by the look at all mailboxes with which a run begins.
  const doubt = store.transact(() => {
    lease.check();
    for (const { id, body } of store.requests.open(Number.MAX_SAFE_INTEGER)) if (body.kind === "wake") store.requests.remove(id);
    store.requests.prune(clock.now() - 86_400_000);
    if (store.counters.recount()) logger.warn("the store's counts were wrong, as an older version had left them, and were put right");
    // From the first commit on, nobody accepts for a worker that has gone.
    published.publish();
    return judgeAttempts(store, lease.takenFrom === undefined);
  });
  // What can fail comes before the run, which would otherwise work on without a duty.
  const hasChanged = watchForeign(store);
  const letterFile = deadLetterFile && { file: deadLetterFile, hasFileChanged: watchForeign(deadLetterFile) };
  feed.add({ foreign: true });
  const run = beginRun(engine, doubt);
  feed.publish();

  const desk = createRequestDesk({
    requests: store.requests,
    write: (work) => committer.submit("step", work),
    isMainStore: true,
    run,
    feed,
    logger,
  });
  const guard = (task: () => void) => () => {
    try {
      task();
    } catch (error) {
      if (endsWork(error)) onWorkEnded(error);
      else logger.error("the worker could not look after its store; it is tried again", { error });
    }
  };
  let hasMoreToPrune = false;
  const prune = () => {
    const { removed, isDone } = pruneStore(store, settings.retention, clock.now(), () => lease.check());
    hasMoreToPrune = !isDone;
    if (removed > 0) feed.add({ foreign: true });
    feed.publish();
    return removed;
  };
  const ends = [
    keepLooking(
      store,
      guard(() => {
        if (!hasChanged() && !desk.isBehind) return;
        // The change may be that of another worker which has taken over.
        lease.check();
        desk.look();
      }),
    ),
    repeat(
      guard(() => run.audit()),
      AUDIT_MS,
    ),
    repeat(guard(prune), PRUNE_MS),
    repeat(
      guard(() => {
        if (hasMoreToPrune) prune();
      }),
      PRUNE_PAUSE_MS,
    ),
  ];
  guard(() => {
    desk.look();
    prune();
  })();
  if (letterFile !== undefined) ends.push(serveLetterFile(letterFile));

  function serveLetterFile({ file, hasFileChanged }: NonNullable<typeof letterFile>): () => void {
    let isBehind = true;
    const handOver = guard(() => {
      isBehind = !handOverLetters(store, file, () => lease.check(), logger);
    });
    const fileDesk = createRequestDesk({
      requests: file.requests,
      write: async (work) => {
        // Whoever reads the answer finds the letter settled.
        handOver();
        file.transact(work);
      },
      isMainStore: false,
      run,
      feed,
      logger,
    });
    const unsubscribe = feed.subscribe(({ steps }) => {
      if (steps.some((step) => step.deadLetter !== undefined || countSettled(step) > 0)) handOver();
    });
    handOver();
    guard(() => fileDesk.look())();
    const stopLooking = keepLooking(
      file,
      guard(() => {
        if (isBehind) handOver();
        if (hasFileChanged() || fileDesk.isBehind) fileDesk.look();
      }),
    );
    return () => {
      unsubscribe();
      stopLooking();
    };
  }

  return {
    run,
    prune: async () => {
      let removed = 0;
      for (let count = prune(); count > 0; count = prune()) {
        removed += count;
        await new Promise<void>((resolve) => nextTurn(resolve));
      }
      return removed;
    },
    end: () => {
      for (const end of ends) end();
    },
  };
}
