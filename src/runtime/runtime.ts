import { ProcessError } from "../errors.ts";
import { withoutContext } from "../platform/async-context.ts";
import { createLater, type Later } from "../platform/later.ts";
import { nextTurn } from "../platform/turn.ts";
import { nameBriefly } from "../platform/owner.ts";
import { repeat } from "../platform/repeat.ts";
import type { NewCommand } from "../store/commands.ts";
import type { NewEvent } from "../store/events.ts";
import type { Intervention } from "../store/intervention.ts";
import { isBusy, isStoreGone } from "../store/store-error.ts";
import { watchForeign } from "../store/watch.ts";
import { checkEvents } from "./check/check-events.ts";
import { enqueueEvents } from "./commit/enqueue.ts";
import { type Acceptance, countAcceptances, type Receipt } from "./commit/accept.ts";
import { type AcceptNow, createAcceptor } from "./commit/acceptor.ts";
import { type AcceptedCommand, createCommandAcceptor } from "./commit/command-acceptor.ts";
import { type Erased, type ErasedCounts, eraseAggregate, type EraseWish, findErasure } from "./commit/erase.ts";
import { type CommitFeed, createCommitFeed } from "./commit/commit-feed.ts";
import { type Committer, createCommitter } from "./commit/committer.ts";
import { createFailureNews, type FailureNews } from "./commit/failure-news.ts";
import { followRoutes, type PublishedRoutes } from "./commit/published-routes.ts";
import { findTarget } from "./commit/intervene.ts";
import { prepareOutside } from "./core/outside-command.ts";
import { traceCommand, traceEvents } from "./trace/trace-acceptance.ts";
import { createLifecycle, type RuntimeState } from "./lifecycle.ts";
import { createMemory, type Memory } from "./memory/memory.ts";
import type { Kernel } from "./run/kernel.ts";
import { createRelay, type Relay } from "./relay/relay.ts";
import { createIdleWaiters, type IdleWaiters } from "./schedule/idle-waiters.ts";
import { askWorker } from "./worker/asker.ts";
import { createAbsence } from "./worker/absence.ts";
import { type Duty, takeDuty } from "./worker/duty.ts";
import { createLeaseKeeper, type LeaseKeeper } from "./worker/lease-keeper.ts";

/** The engine on one open store. It accepts events from the beginning, and works from `start` to `stop` if it holds the lease. */
export interface Runtime {
  readonly feed: CommitFeed;
  readonly state: RuntimeState;
  dispatch(inputs: readonly unknown[]): Promise<readonly Receipt[]>;
  /** Accepts events that were checked. */
  accept(events: readonly NewEvent[]): Promise<readonly Receipt[]>;
  /**
   * Accepts a command from outside, called as in a handler. The promise resolves when it is durable.
   * @throws ProcessError `COMMAND_UNKNOWN`, `COMMAND_INVALID`, `COMMAND_PAYLOAD_INVALID`, `DURATION_INVALID`
   */
  command(name: string, options: unknown): Promise<AcceptedCommand>;
  /**
   * Puts events into the inbox, in the transaction that the program has open on the store's connection, if it has one. Returns their ids.
   * @throws ProcessError `INBOX_UNAVAILABLE`, `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`, `SCHEMA_ASYNC`
   */
  enqueue(inputs: readonly unknown[]): readonly string[];
  /**
   * Carries out what an operator asks, by itself if it is the worker, or else by asking the worker.
   * @throws ProcessError as `prepareIntervention` does, and `REQUEST_PENDING`
   */
  intervene(intervention: Intervention): Promise<void>;
  /**
   * Erases what is kept of an aggregate, also beside a worker.
   * @throws ProcessError `ERASE_REFUSED`, `ERASE_UNAVAILABLE`, `STORE_UNAVAILABLE`
   */
  erase(wish: EraseWish): Promise<Erased>;
  start(): void;
  /** Resolves when no due work is left. */
  whenIdle(): Promise<void>;
  /** Removes what is past its retention. @throws ProcessError `SYSTEM_NOT_STARTED` */
  prune(): Promise<number>;
  /** How many handlers and commands are running. */
  readonly running: number;
  /** The commands that wait for their limits, and how many of each have a place; `undefined` unless this is the worker, who counts them. */
  readonly saturated: ReadonlyMap<string, number> | undefined;
  stop(timeoutMs: number): Promise<void>;
  /** A number that grows with everything that happens. While it stands still, nothing happens. */
  readonly progress: number;
  /** Ends as a crash would, so that what is not committed is lost. */
  halt(): void;
}

// How often an OS process that is not the worker looks at what the worker has done.
const WATCH_MS = 50;
const LOOK_AGAIN_MS = 1_000;
// Nothing else happens in this OS process meanwhile.
const CLEAN_PATIENCE_MS = 250;
// Listeners are told at every fourth look, if anything has changed, because they read the store anew, which costs more than the look.
const LOOKS_TO_TELL = 4;

export function openRuntime(kernel: Kernel): Runtime {
  return new StoreRuntime(kernel);
}

class StoreRuntime implements Runtime {
  readonly feed: CommitFeed;
  readonly #kernel: Kernel;
  readonly #name: string;
  readonly #lifecycle = createLifecycle();
  readonly #memory: Memory;
  readonly #published: PublishedRoutes;
  readonly #lease: LeaseKeeper;
  readonly #committer: Committer;
  readonly #idle: IdleWaiters;
  readonly #idleNews = createFailureNews();
  readonly #lookAgain: Later = createLater(() => this.#idle.check(), LOOK_AGAIN_MS);
  readonly #acceptCommand: (command: NewCommand) => Promise<AcceptedCommand>;
  readonly #relay: Relay;
  readonly #accept: AcceptNow;
  /** What the worker does. It is there exactly while the state is `working`. */
  #duty: Duty | undefined;
  /** Why the state is `lost` or `stopped`. */
  #ended: ProcessError | undefined;
  #isWorker = false;
  readonly #isWorkerAway: () => boolean;
  #stopWatching = () => {};
  #progress = 0;

  constructor(kernel: Kernel) {
    const { store, clock, ids, logger, owner, settings, routes, memoryLimits, router, policyRouter, telemetry } = kernel;
    this.#kernel = kernel;
    this.#name = nameBriefly(owner);
    this.feed = createCommitFeed((error) => logger.error("a listener to commits failed", { error }));
    this.#memory = createMemory(store, memoryLimits);
    this.#isWorkerAway = createAbsence(store.lease);
    this.#published = followRoutes(store.routes, routes, kernel.domain.definitions);
    this.#lease = createLeaseKeeper(store, owner, settings.leaseMs, {
      onLost: (error) => this.#lose(error),
      onLate: () => this.#duty?.goThroughStore(),
      onError: this.#guard("the lease could not be renewed", "error"),
    });
    this.#committer = createCommitter({
      store,
      logger,
      isBusy,
      onBegin: this.#beginTransactions(),
      onRolledBack: (error) => {
        this.#memory.clear();
        if (isStoreGone(error)) this.#lose(error);
      },
      onCommitted: () => this.#tell(),
    });
    this.#idle = createIdleWaiters(
      () => this.#isAllDone(),
      () => this.feed.publish(),
    );
    const accepting = {
      store,
      clock,
      memory: this.#memory,
      committer: this.#committer,
      isWorker: () => this.#isWorker,
      isWorkerAway: this.#isWorkerAway,
      onInDoubt: () => this.#duty?.run.miss(),
    };
    const accept = createAcceptor({
      ...accepting,
      ids,
      limits: settings.limits,
      router: () => (this.#isWorker ? router : this.#published.router),
      policyRouter: () => (this.#isWorker ? policyRouter : this.#published.policyRouter),
      findAhead: () => this.#duty?.run.findAhead,
      onAccepted: (acceptances, isRelayed) => {
        // Whoever was given what concerns nobody counts it.
        this.feed.add({ ...countAcceptances(acceptances), ...(isRelayed && { ignored: 0, unknownTypes: [] }) });
        for (const { mailboxes, lanes, isAhead } of acceptances) {
          // A step that is under way sees to its instance.
          if (isAhead !== true) this.#duty?.run.wake(mailboxes);
          if (lanes !== undefined) this.#duty?.run.wakeLanes(lanes);
        }
      },
    });
    const acceptCommand = createCommandAcceptor({ ...accepting, onAccepted: (lane) => this.#duty?.run.wakeLanes([lane]) });
    this.#relay = createRelay({
      kernel,
      feed: this.feed,
      accept,
      isWorker: () => this.#duty !== undefined,
      holdsLease: () => this.#isWorker,
      onTold: () => this.#tell(),
    });
    this.#accept = traceEvents(this.#relay.accept, telemetry, ({ receipt }) => receipt.outcome);
    this.#acceptCommand = traceCommand(acceptCommand, telemetry);
  }

  get state(): RuntimeState {
    return this.#lifecycle.state;
  }

  get running(): number {
    return this.#duty?.run.running ?? 0;
  }

  get saturated(): ReadonlyMap<string, number> | undefined {
    return this.#duty?.run.saturated;
  }

  get progress(): number {
    return this.#progress;
  }

  async dispatch(inputs: readonly unknown[]): Promise<readonly Receipt[]> {
    this.#refuseLost();
    const { clock, ids, domain, settings } = this.#kernel;
    let made = 0;
    const nextId = () => {
      made += 1;
      return ids.next();
    };
    const defaults = { now: clock.now(), nextId };
    const checked = checkEvents(inputs, { domain, limits: settings.limits }, () => defaults, "");
    // Only what is not checked at once costs a turn.
    const events = checked instanceof Promise ? await checked : checked;
    return events.length === 0 ? [] : listReceipts(await this.#acceptUnlessLost(events, made === events.length));
  }

  async accept(events: readonly NewEvent[]): Promise<readonly Receipt[]> {
    return listReceipts(await this.#acceptUnlessLost(events));
  }

  async command(name: string, options: unknown): Promise<AcceptedCommand> {
    this.#refuseLost();
    const { clock, ids, domain, settings, commandNames: names } = this.#kernel;
    const context = { domain, names, limits: settings.limits, now: clock.now(), nextId: () => ids.next() };
    return this.#acceptCommand(await prepareOutside(name, options, context));
  }

  enqueue(inputs: readonly unknown[]): readonly string[] {
    this.#refuseLost();
    const eventIds = enqueueEvents(this.#kernel, inputs);
    // By then the transaction of a synchronous program has ended.
    nextTurn(() => this.#duty?.inbox?.look());
    return eventIds;
  }

  async intervene(intervention: Intervention): Promise<void> {
    this.#refuseLost();
    const { store } = this.#kernel;
    findTarget(store, intervention);
    const run = this.#duty?.run;
    // The steps that follow run in no caller's async context, because they are not the caller's.
    if (run !== undefined) return withoutContext(() => run.intervene(intervention));
    const write = <Result>(work: () => Result) => this.#committer.submit("accept", work);
    return askWorker(store.requests, intervention, write, () => this.#ended);
  }

  async erase(wish: EraseWish): Promise<Erased> {
    this.#refuseLost();
    const { store, clock } = this.#kernel;
    const counts = await this.#committer.submit("accept", (previous: ErasedCounts | undefined) => {
      const erased = eraseAggregate(store, wish, clock.now());
      // A commit that reported a failure may have erased it all.
      return erased.instances + erased.events + erased.deadLetters === 0 ? (previous ?? erased) : erased;
    });
    this.feed.add({ foreign: true });
    this.feed.publish();
    return { ...counts, remains: findErasure(store).clean({ vacuum: wish.vacuum, patienceMs: CLEAN_PATIENCE_MS }) };
  }

  start(): void {
    this.feed.begin();
    if (!this.#lifecycle.move(this.#kernel.role === "client" ? "start as client" : "start")) return;
    this.#ended = undefined;
    // This comes before the first try, so that it is tried again if the store cannot be written now.
    this.#stopWatching = repeat(this.#createWatch(), WATCH_MS);
    if (this.state === "standby") this.#tryFirst();
  }

  async whenIdle(): Promise<void> {
    this.#refuseLost();
    if (this.state === "created") {
      throw new ProcessError("SYSTEM_NOT_STARTED", "whenIdle: the system has not been started", { hint: "Call start() first." });
    }
    return this.#idle.wait();
  }

  async prune(): Promise<number> {
    if (this.#duty !== undefined) return this.#duty.prune();
    throw new ProcessError("SYSTEM_NOT_STARTED", "prune: this OS process is not the worker", {
      hint: "Start the system, or ask in the OS process that is the worker.",
    });
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#ended = new ProcessError("SYSTEM_STOPPED", "the system was stopped", { hint: "Start it again." });
    this.#stopWatching();
    this.#relay.hangUp(true);
    this.#duty?.end();
    await Promise.all([this.#relay.drain(timeoutMs), this.#duty?.run.stop(timeoutMs, () => this.#committer.close())]);
    this.#relay.end();
    this.#committer.close();
    if (this.#duty !== undefined) this.#releaseLease();
    this.#duty = undefined;
    this.#lifecycle.move("stop");
    this.feed.publish();
    this.feed.end(this.#ended);
    this.#idle.release();
  }

  halt(): void {
    // Whoever waits until all is done is released, because the next check would look at the store, which is gone after a crash.
    this.#idle.release();
    this.#committer.close();
    this.#endDuty();
    this.#relay.end();
  }

  /** Called at the beginning of each transaction, because what the worker remembers holds only while nobody else writes. */
  #beginTransactions(): (hasSteps: boolean) => void {
    const hasForeignWrites = watchForeign(this.#kernel.store);
    return (hasSteps) => {
      if (hasSteps) this.#lease.check();
      this.#isWorker = hasSteps || this.#lease.isHeld();
      const isForeign = hasForeignWrites();
      if (isForeign) this.#published.forget();
      this.#memory.begin(this.#isWorker, isForeign);
    };
  }

  #tryFirst(): void {
    const { store, logger } = this.#kernel;
    try {
      if (this.#tryToWork()) return;
      logger.info(`worker ${this.#name} stands by: ${nameBriefly(store.lease.read()?.owner ?? "another")} works`);
    } catch (error) {
      if (!ProcessError.is(error, "STORE_UNAVAILABLE")) {
        this.#stopWatching();
        this.#lifecycle.move("withdraw");
        throw error;
      }
      logger.warn("the store cannot be written yet; the work begins when it can", { error });
    }
  }

  /** Begins to work if it can take the lease. */
  #tryToWork(): boolean {
    if (!this.#lease.tryTake()) return false;
    try {
      this.#duty = takeDuty(this.#engine, this.#lease, this.#published);
    } catch (error) {
      // The next look takes the lease again, because it has the same owner.
      this.#lease.abandon();
      throw error;
    }
    this.#stopWatching();
    this.#lifecycle.move("take");
    this.#relay.listen();
    const { takenFrom } = this.#lease;
    const from = takenFrom === undefined ? "works" : `has taken over from ${nameBriefly(takenFrom)}, which had not given its lease back`;
    this.#kernel.logger.info(`worker ${this.#name} ${from}`);
    return true;
  }

  get #engine() {
    return {
      kernel: this.#kernel,
      memory: this.#memory,
      committer: this.#committer,
      feed: this.feed,
      onProgress: () => this.#noteProgress(),
      onWorkEnded: (error: ProcessError) => this.#lose(error),
    };
  }

  /** What an OS process that is not the worker does: it takes over when it can, and notices what the worker does. */
  #createWatch(): () => void {
    const hasForeignCommits = watchForeign(this.#kernel.store);
    const news = createFailureNews();
    const onError = this.#guard("the store could not be looked at", "warn", news);
    let looks = 0;
    let hasChanged = false;
    return () => {
      try {
        if (this.state === "standby" && this.#tryToWork()) return;
        looks += 1;
        hasChanged ||= hasForeignCommits();
        if (hasChanged && looks % LOOKS_TO_TELL === 0) {
          hasChanged = false;
          this.feed.add({ foreign: true });
        }
        this.#tell();
        news.end();
      } catch (error) {
        onError(error);
      }
    };
  }

  /** Handles an error of something that is done again and again: it ends the work if the store is gone, and is logged otherwise. */
  #guard(what: string, level: "warn" | "error", news?: FailureNews): (error: unknown) => void {
    return (error) => {
      if (isStoreGone(error)) this.#lose(error);
      else if (news === undefined || news.isWorthTelling(error)) this.#kernel.logger[level](`${what}; it is tried again`, { error });
    };
  }

  #tell(): void {
    this.feed.publish();
    this.#noteProgress();
  }

  #noteProgress(): void {
    this.#progress += 1;
    this.#idle.check();
  }

  #isAllDone(): boolean {
    try {
      const isDone = this.#duty === undefined ? this.#isWorkerDone() : this.#isOwnDone(this.#duty);
      this.#idleNews.end();
      return isDone;
    } catch (error) {
      this.#guard("whether all is done could not be looked up", "warn", this.#idleNews)(error);
      this.#lookAgain.ask();
      return false;
    }
  }

  #isOwnDone({ run, inbox }: Duty): boolean {
    const isInboxDone = () => inbox === undefined || inbox.isDone();
    // The run is asked first, because asking the store costs more.
    return !this.#lease.isLate() && run.isIdle && this.#committer.pending === 0 && isInboxDone() && run.isIdleByStore();
  }

  /** Whether nothing is left to do by the store; what waits for a limit of the worker's is not, by the worker's own word. */
  #isWorkerDone(): boolean {
    const { store, clock } = this.#kernel;
    const due = store.counters.countDue(clock.now(), this.#published.read());
    if (store.inbox?.isEmpty() === false) return false;
    if (due === 0) return true;
    const rest = store.counters.limitReport()?.rest;
    // A report is a second old at most, and anything that has come since makes a number differ.
    return rest !== undefined && rest.due === due && rest.accepted === store.counters.accepted() && !this.#isWorkerAway();
  }

  /** Ends the work, because this is not the worker any longer, or because the store is gone. */
  #lose(error: ProcessError): void {
    if (this.state === "lost") return;
    this.#kernel.logger.error(error.message, { error });
    // A system that has stopped has nothing left to end.
    if (!this.#lifecycle.move("lose")) return;
    this.#endDuty(error);
    this.#ended = error;
    this.#idle.refuse(error);
    this.feed.end(error);
  }

  #endDuty(reason?: ProcessError): void {
    this.#stopWatching();
    this.#relay.hangUp(false);
    this.#duty?.end();
    this.#duty?.run.halt(reason);
    this.#lease.abandon();
    this.#duty = undefined;
  }

  #acceptUnlessLost(events: readonly NewEvent[], areNew = false): Promise<readonly Acceptance[]> {
    this.#refuseLost();
    return this.#accept(events, areNew);
  }

  #refuseLost(): void {
    if (this.state === "lost") throw this.#ended;
  }

  #releaseLease(): void {
    try {
      this.#lease.release();
    } catch (error) {
      // The lease's keeper reports a lost lease itself.
      if (ProcessError.is(error, "LEASE_LOST")) return;
      this.#kernel.logger.warn("the lease could not be given back; it expires by itself", { error });
    }
  }
}

function listReceipts(acceptances: readonly Acceptance[]): readonly Receipt[] {
  return acceptances.map(({ receipt }) => receipt);
}
