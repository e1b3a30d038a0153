import { ProcessError } from "../errors.ts";
import { isBusy } from "../store/sqlite/sqlite-error.ts";
import type { NewEvent } from "../store/events.ts";
import { acceptEvents, type Acceptance, countAcceptances, type Receipt } from "./accept.ts";
import { checkEvent } from "./check-event.ts";
import { type CommitFeed, createCommitFeed } from "./commit-feed.ts";
import { createCommitter } from "./committer.ts";
import type { Kernel } from "./kernel.ts";
import { type ActiveRun, beginRun } from "./run.ts";

/** The engine on one open store: it accepts events from the beginning and works between `start` and `stop`. */
export interface Runtime {
  readonly feed: CommitFeed;
  dispatch(inputs: readonly unknown[]): Promise<readonly Receipt[]>;
  start(): void;
  readonly isStarted: boolean;
  /** Resolves when nothing is left that is due. */
  whenIdle(): Promise<void>;
  /** Handlers and commands in the works. */
  readonly running: number;
  stop(timeoutMs: number): Promise<void>;
  /** Grows with everything that happens: while it stands still, nothing does. */
  readonly progress: number;
  /** Ends as a crash would: what is not committed is lost. */
  halt(): void;
}

export function openRuntime(kernel: Kernel): Runtime {
  const { store, clock, ids, logger, domain, router } = kernel;
  const feed = createCommitFeed((error) => logger.error("a listener to commits failed", { error }));
  let run: ActiveRun | undefined;
  let progress = 0;
  let idleWaiters: (() => void)[] = [];

  const committer = createCommitter({
    store,
    logger,
    isBusy,
    onCommitted: () => {
      feed.publish();
      checkIdle();
    },
  });

  const checkIdle = () => {
    progress += 1;
    if (idleWaiters.length === 0 || run === undefined || !run.isIdle || committer.pending > 0) return;
    const waiters = idleWaiters;
    idleWaiters = [];
    feed.publish();
    for (const resolve of waiters) resolve();
  };

  const accept = (events: readonly NewEvent[]): Promise<readonly Acceptance[]> => {
    const earlier: Acceptance[] = [];
    return committer.submit(
      () =>
        acceptEvents(store, router, events).map((acceptance, index) => {
          // A commit that took effect although it reported a failure is repeated, and finds its own events.
          if (acceptance.receipt.outcome === "duplicate" && earlier[index]?.receipt.outcome === "accepted") return earlier[index];
          earlier[index] = acceptance;
          return acceptance;
        }),
      { waits: false },
    );
  };

  return {
    feed,
    dispatch: async (inputs) => {
      const now = clock.now();
      const defaults = { now, nextId: () => ids.next() };
      const events: NewEvent[] = [];
      for (const [index, input] of inputs.entries()) {
        events.push(await checkEvent(input, domain, defaults, inputs.length === 1 ? "event" : `event ${index + 1} of ${inputs.length}`));
      }
      if (events.length === 0) return [];
      const acceptances = await accept(events);
      feed.add(countAcceptances(acceptances));
      run?.noteAccepted(acceptances);
      return acceptances.map(({ receipt }) => receipt);
    },
    start: () => {
      run = beginRun(kernel, committer, feed, checkIdle);
    },
    get isStarted() {
      return run !== undefined;
    },
    whenIdle: () =>
      new Promise((resolve, reject) => {
        if (run === undefined) return reject(new ProcessError("SYSTEM_NOT_STARTED", "whenIdle: the system has not been started", { hint: "Call start() first." }));
        idleWaiters.push(resolve);
        checkIdle();
      }),
    get progress() {
      return progress;
    },
    get running() {
      return run?.running ?? 0;
    },
    stop: async (timeoutMs) => {
      await run?.stop(timeoutMs);
      run = undefined;
      committer.close();
      feed.publish();
      for (const resolve of idleWaiters) resolve();
    },
    halt: () => {
      committer.close();
      run?.halt();
      run = undefined;
    },
  };
}
