import SqliteDatabase from "better-sqlite3";
import { type Assembly, assembleSystem } from "../create-process-system.ts";
import { ProcessError } from "../errors.ts";
import { systemClock } from "../platform/clock.ts";
import { type Duration, parseDuration } from "../platform/duration.ts";
import { systemIds } from "../platform/ids.ts";
import { silentLogger } from "../platform/logger.ts";
import type { KnownEvent, ProcessSystem } from "../process-system.ts";
import { nameOwner } from "../runtime/worker/lease-keeper.ts";
import type { Receipt } from "../runtime/accept/accept.ts";
import type { ProcessSystemOptions } from "../system-options.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";

export interface TestSystemOptions extends Omit<ProcessSystemOptions, "clock"> {
  /** Where the clock stands at the beginning. Default `2026-01-01T00:00:00Z`. */
  readonly now?: Date | string | number;
  /**
   * How long a handler may be at work in real time, in milliseconds, before the test goes on without it. It matters for
   * handlers that hang, and for those that do slow input and output. Default 500.
   */
  readonly patienceMs?: number;
}

/**
 * The real system on a clock that only the test moves, started, with a store in memory unless told otherwise. Retry delays
 * are exact: chance takes nothing off them. Nothing is logged unless a logger is given.
 */
export interface TestSystem extends AsyncDisposable {
  readonly system: ProcessSystem;
  readonly clock: ManualClock;
  /** Dispatches, and returns when all that is due now has run. */
  dispatch(event: KnownEvent): Promise<Receipt>;
  dispatch(events: readonly KnownEvent[]): Promise<readonly Receipt[]>;
  // Once more, because the compiler explains a mistake by the last one.
  dispatch(event: KnownEvent): Promise<Receipt>;
  /** Lets time pass. It stops at every due moment on the way, in order, and lets what is due there run. */
  advance(duration: Duration | (string & {})): Promise<void>;
  /** The same up to a moment, which may not lie in the past. */
  advanceTo(moment: Date | string | number): Promise<void>;
  /** Returns when all that is due now has run. */
  settle(): Promise<void>;
  /** Ends the system as a crash would and opens the same store again. The clock goes on. `system` is a new one afterwards. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** @throws ProcessError as `createProcessSystem` does */
export async function createTestSystem(options: TestSystemOptions = {}): Promise<TestSystem> {
  const { now = "2026-01-01T00:00:00Z", patienceMs = 500, ...rest } = options;
  const store = keepInMemory(options.store);
  // The same name for every restart, so that none has to wait for the lease of the one before.
  const owner = nameOwner(systemIds.next());
  const clock = createManualClock(readMoment(now));
  const assemble = () => assembleSystem({ logger: silentLogger, ...rest, store, clock }, { random: () => 0, owner });

  let assembly: Assembly = await assemble();
  await assembly.system.start();
  const settle = createSettler(() => assembly, patienceMs);
  await settle();

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
    const result = await assembly.system.dispatch(given as KnownEvent);
    await settle();
    return result;
  }

  return {
    get system() {
      return assembly.system;
    },
    clock,
    dispatch,
    advance: (duration) => advanceTo(clock.now() + parseDuration(duration, "advance")),
    advanceTo: (moment) => advanceTo(readMoment(moment)),
    settle,
    restart: async () => {
      assembly.halt();
      assembly = await assemble();
      await assembly.system.start();
      await settle();
    },
    stop: () => assembly.system.stop(),
    [Symbol.asyncDispose]: () => assembly.system.stop({ timeout: 0 }),
  };
}

/**
 * Waits until the system is idle, or has made no progress for the time of patience: then a handler hangs, or waits for the
 * clock that only the test can move. As long as nothing changes, it is not waited for again.
 */
function createSettler(assembly: () => Assembly, patienceMs: number): () => Promise<void> {
  let stalledAt: number | undefined;
  return async () => {
    const { system, progress } = assembly();
    let isIdle = false;
    void system.whenIdle().then(
      () => (isIdle = true),
      () => (isIdle = true),
    );
    let seen = progress();
    let stillMs = stalledAt === seen ? patienceMs : 0;
    for (let waited = 0; !isIdle; waited += 1) {
      // A few turns of the event loop are enough for most; only then is it worth while to look at a clock.
      const pauseMs = waited < 20 ? 0 : 5;
      await new Promise<void>((resolve) => systemClock.setTimeout(resolve, pauseMs));
      if (progress() !== seen) [seen, stillMs] = [progress(), 0];
      else if (waited >= 20 && (stillMs += pauseMs) >= patienceMs) break;
    }
    stalledAt = isIdle ? undefined : seen;
  };
}

// A store in memory has to outlive the systems that open it one after the other.
function keepInMemory(store: TestSystemOptions["store"]): NonNullable<TestSystemOptions["store"]> {
  const isInMemory = store === undefined || (!("prepare" in store) && store.path === ":memory:");
  return isInMemory ? new SqliteDatabase(":memory:") : store;
}

function readMoment(moment: Date | string | number): number {
  const milliseconds = new Date(moment).getTime();
  if (Number.isNaN(milliseconds)) throw new ProcessError("CONFIG_INVALID", `${String(moment)} is no moment`, { hint: "Use a Date or an ISO 8601 text." });
  return milliseconds;
}
