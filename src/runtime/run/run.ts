import { ProcessError } from "../../errors.ts";
import type { Intervention } from "../../store/intervention.ts";
import { readChartRecord } from "../../definition/model/chart-record.ts";
import { callAt, steadyClock } from "../../platform/clock.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { Acceptance } from "../commit/accept.ts";
import type { FindAhead } from "../commit/ahead-step.ts";
import type { Written } from "../commit/write-changes.ts";
import { checkSettlement } from "../commit/check-settlement.ts";
import { createFailureNews } from "../commit/failure-news.ts";
import { findTarget } from "../commit/intervene.ts";
import { canStep, runActor } from "../core/actor.ts";
import { type Attempts, createAttempts } from "../core/attempt.ts";
import { createAwaitedNotes, createAwaitedPolicyNotes } from "../core/awaited-notes.ts";
import { createContextNotes } from "../core/context-notes.ts";
import { createNewerNotes, createVersionCheck } from "../core/newer-instances.ts";
import { canRunCommand, isCalledOff, runCommandLane } from "../core/command-lane.ts";
import type { Host } from "../core/host.ts";
import type { Changes } from "../decide/changes.ts";
import { isSuspended } from "../decide/instance.ts";
import type { DueLane } from "../../store/requests.ts";
import { preloadActivations } from "../commit/preload.ts";
import { keyToId } from "../memory/mailbox-id.ts";
import { type Audit, createAudit } from "../schedule/audit.ts";
import { type Backlog, createBacklog } from "../schedule/backlog.ts";
import { type BetweenSteps, createBetweenSteps } from "../schedule/between-steps.ts";
import { createSerialRunner, type SerialRunner } from "../schedule/serial-runner.ts";
import { createLimiter, type RunLimiter } from "../schedule/limiter.ts";
import { createSlots } from "../schedule/slots.ts";
import { type Ahead, createAhead } from "./ahead.ts";
import { endsWork } from "./ends-work.ts";
import { createHeldLanes, type HeldLanes } from "./held-lanes.ts";
import { type Doubt, hasDied } from "./judge-attempts.ts";
import type { Engine } from "./kernel.ts";
import { createPutOffs, type PutOffs } from "./put-offs.ts";
import { createStepWriter, type StepWriter, tellFeed } from "./step-writer.ts";
import { laneOf, nameOwnLane } from "../../definition/model/lane.ts";
import { createSuspects, type Suspects } from "./suspects.ts";
import { takeSchedule, tellTaken } from "./take-schedule.ts";
import { createTurns } from "./turns.ts";

/** The work between `start` and `stop`. */
export interface Run {
  /** Wakes mailboxes, by their ids. */
  wake(mailboxes: readonly string[]): void;
  /** Wakes the lanes of commands that others than a step have added, once these are due. */
  wakeLanes(lanes: readonly DueLane[]): void;
  /**
   * Carries out what an operator asks, between two steps of its target; `alongside` writes in the same transaction.
   * @throws ProcessError as `prepareIntervention` does
   */
  intervene(intervention: Intervention, alongside?: () => void): Promise<void>;
  /** Finds steps that can begin ahead of the acceptance of their events; `undefined`: this run does not. */
  readonly findAhead: FindAhead | undefined;
  /** Whether nothing is left to do now, by what this run knows. */
  readonly isIdle: boolean;
  /** Whether nothing is left to do now, by the store. What the run had forgotten goes on, and is logged. */
  isIdleByStore(): boolean;
  /** Compares a little of what waits in the store with what this run knows. What the run had forgotten goes on, and is logged. */
  audit(): void;
  /** Goes through the whole store again, because this run may not have been told of all that waits there. */
  miss(): void;
  /** How many handlers and commands are running. */
  readonly running: number;
  /** Whether any command has limits. */
  readonly hasLimits: boolean;
  /** The commands that wait for their limits, and how many of each have a place. */
  readonly saturated: ReadonlyMap<string, number>;
  /** Begins nothing new, and lets what runs finish for `timeoutMs` before it is cut off. `giveUp` ends commits that hang even then. */
  stop(timeoutMs: number, giveUp: () => void): Promise<void>;
  /** Stops as the end of the OS process would, without waiting for what runs. Whoever waits for an intervention is told the `reason`. */
  halt(reason?: ProcessError): void;
}

// How long commits may still take after everything was cut off.
const LAST_COMMITS_MS = 2_000;

// How many rows of what waits in the store are read at once.
const PAGE = 256;

/** Recovers what the store holds and begins to work. */
export function beginRun(engine: Engine, doubt: Doubt): Run {
  const run = new StoreRun(engine, doubt);
  run.begin();
  return run;
}

/**
 * Two serial runners do the work: one runs instances (`actors`), the other the lanes of their commands. An id is in a runner while it is
 * known to have something to do. Whatever has something to do and is in no runner is
 *
 * - put off: its commit was refused, and it is woken by itself a little later;
 * - a suspect that waits for its turn;
 * - a lane that waits for a limit of its next command;
 * - a lane that is held until its instance has done an earlier step, or an instance until its lane has tried an earlier command;
 * - or found by the backlog, which goes through the store.
 */
class StoreRun implements Run {
  readonly #engine: Engine;
  readonly #attempts: Attempts;
  readonly #suspects: Suspects;
  readonly #writer: StepWriter;
  readonly #limiter: RunLimiter | undefined;
  readonly #host: Host;
  readonly #ahead: Ahead | undefined;
  readonly #actors: SerialRunner;
  readonly #lanes: SerialRunner;
  readonly #schedules: SerialRunner;
  readonly #backlog: Backlog;
  readonly #audit: Audit;
  readonly #betweenSteps: BetweenSteps = createBetweenSteps();
  readonly #putOffs: PutOffs = createPutOffs();
  readonly #heldLanes: HeldLanes = createHeldLanes((lane) => this.#lanes.wake(lane));
  /** Mailboxes with a step that waits until a command of before has been tried. */
  readonly #heldSteps = new Set<string>();
  /** The first step begins in the next turn, so that whoever starts the system can say so before. */
  readonly #begun: Promise<void>;
  #isBegun = false;
  #isStopping = false;

  constructor(engine: Engine, doubt: Doubt) {
    const { store, clock, logger, settings } = engine.kernel;
    this.#engine = engine;
    this.#begun = new Promise((resolve) =>
      nextTurn(() => {
        this.#isBegun = true;
        resolve();
      }),
    );
    this.#attempts = createAttempts(clock);
    const slots = { handlerSlots: createSlots(settings.concurrency), commandSlots: createSlots(settings.concurrency) };
    this.#suspects = createSuspects(doubt, {
      store: store.suspects,
      logger,
      submit: engine.committer.submit,
      isCalledOff: ({ kind, id }) => kind === "command" && isCalledOff(id, store),
      ...slots,
      call: ({ kind, id }) => (kind === "step" ? this.#actors : this.#lanes).call(id),
      isRestIdle: () => this.isIdle,
    });
    this.#writer = createStepWriter(engine, this.#suspects, (written) => this.#noteWritten(written));
    this.#limiter = createLimiter({
      commands: engine.kernel.domain.commands,
      clock,
      held: engine.kernel.memoryLimits.held,
      call: (lane) => this.#lanes.call(lane),
      onMissed: () => {
        this.#backlog.miss("lane");
        this.#backlog.goOn();
      },
    });
    this.#host = this.#createHost(createTurns({ ...slots, suspects: this.#suspects }));
    this.#actors = this.#createRunner("instance", (id, onLook) => this.#runInstance(id, onLook));
    this.#lanes = this.#createRunner("lane", (lane, onLook) => this.#runLane(lane, onLook));
    this.#ahead = this.#createAhead(doubt);
    this.#schedules = this.#createRunner("schedule", (name) => this.#takeSchedule(name));
    this.#backlog = this.#createBacklog();
    this.#audit = this.#createAudit();
  }

  begin(): void {
    this.#backlog.start();
  }

  get findAhead(): FindAhead | undefined {
    return this.#ahead?.find;
  }

  wake(mailboxes: readonly string[]): void {
    for (const id of mailboxes) this.#actors.wake(id);
  }

  wakeLanes(lanes: readonly DueLane[]): void {
    const now = this.#engine.kernel.clock.now();
    for (const { lane, dueAt } of lanes) {
      if (dueAt <= now) this.#lanes.wake(lane);
      else this.#backlog.note("command", dueAt);
    }
  }

  async intervene(intervention: Intervention, alongside: () => void = () => {}): Promise<void> {
    const { kernel } = this.#engine;
    const target = findTarget(kernel.store, intervention);
    const begun = "deadLetterId" in intervention ? checkSettlement(kernel.store, kernel, intervention) : intervention;
    // Only an asynchronous schema costs a turn.
    const checked = begun instanceof Promise ? await begun : begun;
    await this.#host.betweenSteps(target, async () => {
      const { changes, accepted } = await this.#writer.intervene(checked, alongside);
      this.#noteCommitted(changes, accepted);
      // Listeners are told first, so that the operator who waits for it finds it in the overview.
      this.#engine.feed.publish();
      // Parked commands that are due later count again.
      this.#backlog.refresh();
      this.#actors.wake(keyToId(changes.key));
      for (const lane of listReleased(changes, target.processId)) this.#lanes.wake(lane);
    });
  }

  get isIdle(): boolean {
    return this.#actors.isIdle && this.#lanes.isIdle && this.#schedules.isIdle && this.#putOffs.isEmpty && this.#backlog.isHandedOn;
  }

  isIdleByStore(): boolean {
    const { store, clock, routes } = this.#engine.kernel;
    // What is left when the run ends is for the next run.
    return this.#isStopping || store.counters.countDue(clock.now(), routes) === 0 || this.#audit.lookAtAll();
  }

  audit(): void {
    if (!this.#isStopping) this.#audit.look();
  }

  miss(): void {
    this.#backlog.miss("instance");
    this.#backlog.miss("lane");
    this.#backlog.goOn();
    // What is due later was told to nobody either.
    this.#backlog.refresh();
  }

  get running(): number {
    return this.#attempts.running;
  }

  get hasLimits(): boolean {
    return this.#limiter !== undefined;
  }

  get saturated(): ReadonlyMap<string, number> {
    return this.#limiter?.saturated ?? new Map<string, number>();
  }

  async stop(timeoutMs: number, giveUp: () => void): Promise<void> {
    this.#end(describeStop());
    // The timeout is in real time, whatever clock the system has, because the OS process has to end.
    let callOff = callAt(steadyClock, steadyClock.now() + timeoutMs, () => {
      this.#attempts.cut();
      callOff = callAt(steadyClock, steadyClock.now() + LAST_COMMITS_MS, giveUp);
    });
    await Promise.all([this.#actors.drain(), this.#lanes.drain()]);
    callOff();
  }

  halt(reason = describeStop()): void {
    this.#end(reason);
    this.#attempts.cut();
  }

  #end(reason: ProcessError): void {
    this.#isStopping = true;
    this.#attempts.close();
    // What of it runs on is not waited for: it writes nothing more, and the next start takes the same moments.
    void this.#schedules.drain();
    this.#backlog.stop();
    this.#limiter?.stop();
    this.#suspects.close();
    this.#betweenSteps.close(reason);
    this.#putOffs.end();
  }

  /** Spans tell when an event was accepted and when its step began, and whoever stands around an attempt may look at what is stored. */
  #createAhead(doubt: Doubt): Ahead | undefined {
    const { kernel } = this.#engine;
    if (kernel.around !== undefined || kernel.telemetry !== undefined || hasDied(doubt)) return undefined;
    return createAhead({
      host: this.#host,
      policyRouter: kernel.policyRouter,
      positions: kernel.store.positions,
      actors: this.#actors,
      writer: this.#writer,
      mayBegin: (id) => this.#isBegun && !this.#isStopping && !this.#isSeenTo(id),
      onDone: (id) => this.#heldLanes.release(id),
      onCommitted: (written) => this.#noteWritten(written),
    });
  }

  #createHost(inTurn: Host["inTurn"]): Host {
    const isStopping = () => this.#isStopping;
    return {
      ...this.#engine.kernel,
      memory: this.#engine.memory,
      attempts: this.#attempts,
      limiter: this.#limiter,
      get isStopping() {
        return isStopping();
      },
      inTurn,
      commit: (changes) => this.#writer.commit(changes),
      transact: this.#writer.transact,
      betweenSteps: (key, task) => {
        const id = keyToId(key);
        const done = this.#betweenSteps.add(id, task);
        this.#actors.call(id);
        return done;
      },
      // Any mailbox may have something to do as long as the backlog has not handed on all that waits.
      isAwake: (mailbox) => this.#isSeenTo(mailbox) || !this.#backlog.isHandedOn,
      holdLane: (lane, mailbox) => {
        this.#heldLanes.hold(lane, mailbox);
        // A mailbox that waits for a moment, or for its turn as a suspect, will be woken then, and can do nothing before.
        if (!this.#isSeenTo(mailbox)) this.#actors.call(mailbox);
      },
      holdSteps: (mailbox) => void this.#heldSteps.add(mailbox),
      noteKept: (until) => this.#backlog.note("kept", until),
      noteAwaited: createAwaitedNotes(this.#engine.kernel.logger),
      noteAwaitedPolicy: createAwaitedPolicyNotes(this.#engine.kernel.logger),
      noteOutlived: (handler) => this.#ahead?.noteOutlived(handler),
      noteContext: createContextNotes(this.#engine.kernel.logger),
      isNewer: createVersionCheck(this.#engine.kernel),
      noteNewer: createNewerNotes(this.#engine.kernel.logger),
    };
  }

  async #runInstance(id: string, onLook: () => void): Promise<void> {
    const isWanted = () => this.#betweenSteps.has(id);
    do {
      // Nothing is awaited without need, because in a turn's delay something that is due later could begin first.
      if (isWanted()) await this.#betweenSteps.perform(id);
      await runActor(id, this.#host, isWanted, onLook);
    } while (isWanted() && !this.#isStopping);
    this.#heldLanes.release(id);
  }

  #runLane(lane: string, onLook: () => void): Promise<void> {
    // A suspect that may not run yet takes no place of a limit: given back at once, it would call the next lane that waits for one, and so on.
    return this.#suspects.holdsBack(lane) ? Promise.resolve() : runCommandLane(lane, this.#host, onLook);
  }

  #takeSchedule(name: string): Promise<void> {
    return takeSchedule(name, this.#engine, {
      isOver: () => this.#isStopping,
      onTaken: (taken) => {
        tellTaken(this.#engine, taken);
        if (this.#isStopping) return;
        if (taken.record.dueAt !== null) this.#backlog.note("schedule", taken.record.dueAt);
        this.#wakeAccepted(taken.acceptances);
      },
    });
  }

  #isPutOff = (id: string): boolean => this.#putOffs.has(id) || this.#suspects.holdsBack(id);

  #isSeenTo(mailbox: string): boolean {
    return this.#actors.holds(mailbox) || this.#isPutOff(mailbox);
  }

  #createRunner(what: "instance" | "lane" | "schedule", work: (id: string, onLook: () => void) => Promise<void>): SerialRunner {
    const { active, held } = this.#engine.kernel.memoryLimits;
    const runner = createSerialRunner({
      run: (id, onLook) => (this.#isBegun ? work(id, onLook) : this.#begun.then(() => work(id, onLook))),
      maxRunning: active,
      maxWaiting: held,
      onMissed: () => this.#backlog.miss(what),
      onError: (id, error) => this.#reportFailure(what === "lane" ? "the commands of instance" : what, id, error, runner),
      onProgress: () => {
        this.#backlog.goOn();
        this.#suspects.look();
        this.#engine.onProgress();
      },
    });
    return runner;
  }

  #createBacklog(): Backlog {
    const { store, clock, logger } = this.#engine.kernel;
    const news = { mailboxes: createFailureNews(), timers: createFailureNews() };
    return createBacklog({
      store,
      clock,
      actors: this.#actors,
      lanes: this.#lanes,
      schedules: this.#schedules,
      preload: (mailboxes, processIds = []) => {
        const { activations, lanes } = this.#engine.memory;
        store.look(() => {
          preloadActivations(store, activations, mailboxes);
          const busy = new Set(store.commands.listBusy(processIds));
          for (const id of processIds) if (!busy.has(id)) lanes.begin(id);
        });
      },
      pageSize: this.#pageSize,
      onProgress: () => {
        this.#suspects.look();
        this.#engine.onProgress();
      },
      onError: (what, error) => {
        if (news[what].isWorthTelling(error)) logger.error(`the ${what} could not be looked up; it is tried again`, { error });
      },
      onRead: (what) => news[what].end(),
    });
  }

  #createAudit(): Audit {
    const { store, clock, logger } = this.#engine.kernel;
    return createAudit({
      store,
      now: () => clock.now(),
      instances: { runner: this.#actors, isPutOff: this.#isPutOff, canGoOn: (id) => canStep(id, this.#host) },
      lanes: {
        runner: this.#lanes,
        isPutOff: this.#isPutOff,
        canGoOn: (lane) => canRunCommand(lane, this.#host),
      },
      schedules: { runner: this.#schedules, isPutOff: this.#isPutOff, canGoOn: () => true },
      isHandedOn: () => this.#backlog.isHandedOn,
      pageSize: this.#pageSize,
      logger,
    });
  }

  get #pageSize(): number {
    return Math.min(PAGE, this.#engine.kernel.memoryLimits.held);
  }

  #noteWritten({ changes, applied, accepted }: Written): void {
    if (applied) this.#suspects.noteSettled(changes);
    this.#noteCommitted(changes, accepted, applied);
  }

  /** Tells the listeners, wakes those who have something to do now, and tells the backlog of what is due later. */
  #noteCommitted(changes: Changes, accepted: readonly Acceptance[] = [], applied = true): void {
    const { source, instance, commands = [], dropCommands = [] } = changes;
    tellFeed(this.#engine.feed, changes, accepted, applied);
    if (this.#isStopping) return;
    const mailbox = keyToId(changes.key);
    this.#heldLanes.release(mailbox);
    const now = this.#engine.kernel.clock.now();
    if ("failure" in source && source.failure !== undefined) {
      this.#backlog.note(source.from === "command" ? "command" : "retry", source.failure.notBefore);
    }
    const isRunning = instance !== undefined && instance.status === "started" && !isSuspended(instance);
    if (isRunning && instance.dueAt !== null) this.#backlog.note("timeout", instance.dueAt);
    if (isRunning && instance.chart !== null) {
      for (const { dueAt } of readChartRecord(instance.chart).timers) this.#backlog.note("after", dueAt);
    }
    if (instance !== undefined && instance.discardAt !== null && !isSuspended(instance)) this.#backlog.note("discard", instance.discardAt);
    for (const command of commands) {
      if (command.dueAt <= now) this.#lanes.wake(laneOf(command));
      else this.#backlog.note("command", command.dueAt);
    }
    // What comes after a command in its lane may have waited for it.
    for (const { lane } of dropCommands) this.#lanes.wake(lane);
    for (const { commandId } of changes.withdrawn ?? []) this.#attempts.withdraw(commandId);
    if (source.from === "command" && this.#heldSteps.size > 0 && this.#heldSteps.delete(mailbox)) this.#actors.wake(mailbox);
    if (changes.followUp !== undefined) this.#actors.wake(mailbox);
    this.#wakeAccepted(accepted);
  }

  #wakeAccepted(acceptances: readonly Acceptance[]): void {
    for (const { mailboxes, lanes } of acceptances) {
      this.wake(mailboxes);
      if (lanes !== undefined) this.wakeLanes(lanes);
    }
  }

  /** Puts off a step that could not be committed. It is tried again a little later, because the store has everything as it was. */
  #reportFailure(what: string, id: string, error: unknown, runner: SerialRunner): void {
    if (this.#isStopping) return;
    if (endsWork(error)) return this.#engine.onWorkEnded(error);
    this.#engine.kernel.logger.error(`${what} ${JSON.stringify(id)}: a step could not be committed; it is tried again`, { error });
    this.#putOffs.add(id, () => runner.wake(id));
  }
}

/** The lanes that may have something to do after an intervention in their instance; each of its invocations has its own. */
function listReleased({ restored, instance }: Changes, processId: string): readonly string[] {
  const { invocations } = readChartRecord(instance?.chart ?? null);
  const released = invocations.map(({ commandId }) => nameOwnLane(processId, commandId));
  return [processId, ...(restored?.kind === "command" ? [laneOf(restored.command)] : []), ...released];
}

function describeStop(): ProcessError {
  return new ProcessError("SYSTEM_STOPPED", "the system stops", { hint: "It goes on from here after the next start." });
}
