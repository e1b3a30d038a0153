import type { Domain } from "../../definition/model/definition.ts";
import type { ProcessInstance } from "../../definition/model/instance.ts";
import type { CommandName, ProcessName } from "../../definition/types/register.ts";
import { ProcessError } from "../../errors.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import { type DeadLetterBulkFilter, type DeadLetterListFilter, listDeadLetters } from "../../observe/dead-letters.ts";
import { checkFilter, type Page } from "../../observe/page.ts";
import type { ProcessFilter } from "../../observe/processes.ts";
import type { Timer } from "../../record/timer.ts";
import { listTimers } from "../../observe/timers.ts";
import { type Duration, parseDuration } from "../../platform/duration.ts";
import { silentLogger } from "../../platform/logger.ts";
import type { KnownEvent, ProcessSystem } from "../../system/process-system.ts";
import type { Receipt } from "../../runtime/commit/accept.ts";
import type { Around } from "../../runtime/core/around.ts";
import { loadDriver } from "../../store/sqlite/driver/load-driver.ts";
import type { TimerFilter } from "../../store/timers.ts";
import { findStoreDriver, findStorePath, isConnection } from "../../system/store-options.ts";
import type { MemoryLimits } from "../../runtime/memory/memory.ts";
import { expectOption, refuseUnknownKeys } from "../../platform/options.ts";
import type { ProcessSystemOptions } from "../../system/system-options.ts";
import type { DispatchedCommand } from "./command-log.ts";
import type { CrashOptions, CrashPoint } from "./crash-plan.ts";
import { findInstance } from "./find-instance.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import { openTestRig } from "./test-rig.ts";

/** Where the clock of a test stands at its beginning. */
export const DEFAULT_NOW = "2026-01-01T00:00:00Z";

export interface TestSystemOptions extends Omit<ProcessSystemOptions, "clock" | "host"> {
  /** Where the clock stands at the beginning. Default `2026-01-01T00:00:00Z`. */
  readonly now?: Date | string | number;
  /**
   * How long a handler may run in real time, in milliseconds, before the test goes on without it. The option matters for
   * handlers that hang, and for handlers with slow input and output. Default 500.
   */
  readonly patienceMs?: number;
}

/**
 * The real system, started, on a clock that only the test moves, and with a store in memory by default. Retry delays are exact, because
 * they have no random part. Identities are the same in every run. Nothing is logged unless a logger is given.
 */
export interface TestSystem extends AsyncDisposable {
  readonly system: ProcessSystem;
  readonly clock: ManualClock;
  /**
   * Dispatches, and returns when all that is due now has run.
   * @throws SimulatedCrash if the system crashed meanwhile; ProcessError as `ProcessSystem.dispatch` does
   */
  dispatch(event: KnownEvent): Promise<Receipt>;
  dispatch(events: readonly KnownEvent[]): Promise<readonly Receipt[]>;
  // The single event is declared again, because the compiler explains a mistake by the last overload.
  dispatch(event: KnownEvent): Promise<Receipt>;
  /** Lets time pass. The clock stops at every due moment on the way, in order, and what is due then runs, retries included. */
  advance(duration: Duration | (string & {})): Promise<void>;
  /** Lets time pass up to a moment, which must not be in the past. */
  advanceTo(moment: Date | string | number): Promise<void>;
  /** Returns when all that is due now has run. */
  settle(): Promise<void>;
  /**
   * Every command that handlers have dispatched since the test system was made, in the order of their commits.
   * @throws ProcessError `CONFIG_INVALID` for a `type` that the domain does not have
   */
  commands(filter?: CommandFilter): readonly DispatchedCommand[];
  /**
   * The newest instance of an aggregate, or the newest that matches; `undefined` if there is none.
   * @throws ProcessError `CONFIG_INVALID` if only an aggregate is named and several processes have instances for it
   */
  instance(of: string | ProcessFilter): ProcessInstance | undefined;
  /** What is due and when, soonest first, so that what is overdue comes before the rest. */
  timers(filter?: TimerFilter): readonly Timer[];
  /** The open dead letters, oldest first. */
  deadLetters(filter?: DeadLetterListFilter): Page<DeadLetter>;
  /**
   * Retries the open dead letters, or those that match, as an operator does, and returns when all that is due then has run.
   * @throws ProcessError `DEAD_LETTER_UNKNOWN` when no letter matches, and as `DeadLetters.retry` does
   */
  retryDeadLetters(filter?: DeadLetterBulkFilter): Promise<void>;
  /**
   * Lets the next `times` attempts (default 1) of a handler or a command fail: `fail("on-order-placed")`,
   * `fail("sendWelcomeEmail", 2)`. Where several processes have a handler of that name, `order/order-lifecycle/on-order-placed` means one
   * of them. The attempt fails before any of the user's code runs, with `error` if one is given.
   * @throws ProcessError `CONFIG_INVALID` for an unknown name
   */
  fail(name: string, times?: number, error?: Error): void;
  /**
   * Lets the system crash the next time it comes to `point`, or the next few `times`, at any commit or only at commits `of` a handler or
   * command. If it crashes before a commit, nothing of the commit is stored; if after, all of it is stored and nobody was told. The system
   * is started again at once, on the same store.
   */
  crashAt(point: CrashPoint, options?: CrashOptions): void;
  /** How often the system has crashed at such a point. */
  readonly crashes: number;
  /** Ends the system as a crash would, and starts another on the same store and clock. `system` is the new one afterwards. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Chooses commands: every field that is given must match. */
export interface CommandFilter extends Partial<Pick<DispatchedCommand, "aggregateId" | "processId">> {
  readonly type?: CommandName;
  readonly process?: ProcessName;
}

/** @throws ProcessError as `createProcessSystem` does */
export async function createTestSystem(options: TestSystemOptions = {}): Promise<TestSystem> {
  return assembleTestSystem(options);
}

/** What only Perdure's own tests replace. */
export interface TestSystemPorts {
  /** Replaces the domain that the options name. */
  readonly domain?: Domain;
  readonly memoryLimits?: Partial<MemoryLimits>;
  /** Who else stands around each attempt, innermost. */
  readonly around?: readonly Around[];
}

export async function assembleTestSystem(options: TestSystemOptions, ports: TestSystemPorts = {}): Promise<TestSystem> {
  const { now = DEFAULT_NOW, patienceMs = 500, ...systemOptions } = options;
  expectOption(typeof patienceMs === "number" && patienceMs >= 0, "patienceMs", patienceMs, "a number of milliseconds from 0");
  const clock = createManualClock(readMoment(now));
  const rig = await openTestRig(
    { logger: silentLogger, ...systemOptions, store: keepInMemory(options.store), clock },
    { patienceMs, ...ports },
  );
  const { settle } = rig;

  const advanceTo = async (target: number) => {
    await settle();
    for (let next = clock.nextTimerAt; next !== undefined && next <= target; next = clock.nextTimerAt) {
      clock.moveTo(Math.max(next, clock.now()));
      await settle();
    }
    clock.moveTo(target);
    await settle();
  };

  async function dispatch(event: KnownEvent): Promise<Receipt>;
  async function dispatch(events: readonly KnownEvent[]): Promise<readonly Receipt[]>;
  async function dispatch(given: KnownEvent | readonly KnownEvent[]): Promise<Receipt | readonly Receipt[]> {
    try {
      return await rig.system.dispatch(given as KnownEvent);
    } finally {
      await settle();
    }
  }

  return {
    get system() {
      return rig.system;
    },
    clock,
    dispatch,
    advance: async (duration) => advanceTo(clock.now() + parseDuration(duration, "advance")),
    advanceTo: async (moment) => advanceTo(readMoment(moment)),
    settle,
    commands: (filter = {}) => {
      checkFilter(filter, { type: "text", aggregateId: "text", process: "text", processId: "text" });
      if (filter.type !== undefined) rig.checkName(filter.type, "commands");
      const wanted = Object.entries(filter) as [keyof CommandFilter, string | undefined][];
      return rig.log.all.filter((command) => wanted.every(([field, value]) => value === undefined || command[field] === value));
    },
    instance: (of) => findInstance(rig.store, of),
    timers: (filter) => listTimers(rig.store, { limit: NO_LIMIT, ...filter }),
    deadLetters: (filter) => listDeadLetters(rig.store.deadLetters, { limit: NO_LIMIT, ...filter }),
    retryDeadLetters: async (filter = {}) => {
      const outcomes = await rig.system.deadLetters.retryAll(filter).finally(settle);
      if (outcomes.length === 0) {
        throw new ProcessError("DEAD_LETTER_UNKNOWN", `no dead letter is open${describeFilter(filter)}`, {
          hint: "Nothing has failed for good so far.",
        });
      }
      const refused = outcomes.find(({ error }) => error !== undefined);
      if (refused !== undefined) throw refused.error;
    },
    fail: (name, times = 1, error) => rig.faults.fail(name, times, error),
    crashAt: (point, options = {}) => {
      refuseUnknownKeys(options, "crashAt", ["times", "of"]);
      rig.crashPlan.add(point, options);
    },
    get crashes() {
      return rig.crashes;
    },
    restart: async () => {
      await rig.reopen();
      await settle();
    },
    stop: () => rig.system.stop(),
    [Symbol.asyncDispose]: () => rig.system.stop({ timeout: 0 }),
  };
}

// The limit is high, because a test shows everything.
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

function describeFilter(filter: object): string {
  return Object.keys(filter).length === 0 ? "" : ` that matches ${JSON.stringify(filter)}`;
}

// The connection is shared, because a store in memory has to outlive the systems that open it one after the other.
function keepInMemory(store: TestSystemOptions["store"]): NonNullable<TestSystemOptions["store"]> {
  const isInMemory = store === undefined || (!isConnection(store) && findStorePath(store) === ":memory:");
  if (!isInMemory) return store;
  return loadDriver(store === undefined ? undefined : findStoreDriver(store)).open(":memory:");
}

function readMoment(moment: Date | string | number): number {
  const milliseconds = new Date(moment).getTime();
  if (Number.isNaN(milliseconds))
    throw new ProcessError("CONFIG_INVALID", `${String(moment)} is not a moment`, { hint: "Use a Date or an ISO 8601 text." });
  return milliseconds;
}
