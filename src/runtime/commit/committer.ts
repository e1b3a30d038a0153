import { ProcessError } from "../../errors.ts";
import { steadyClock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { Store } from "../../store/store.ts";

/**
 * Group commit: what is ready in one turn of the event loop shares a transaction, because the transaction and not the
 * row is what costs. Promises resolve after it. A single write waits for the turn to end and for nothing else.
 */
export interface Committer {
  /**
   * Runs `write` in the next transaction. It may be run again if the transaction fails, so it changes nothing but the store.
   *
   * `accept`: a write for somebody outside, who is told when the store is unavailable. `step`: a worker's own, which is
   * kept then and tried again until `close`; it is only written while the worker holds the lease.
   */
  submit<Result>(kind: "accept" | "step", write: () => Result, listeners?: WriteListeners<Result>): Promise<Result>;
  /** How many writes are not durable yet. */
  readonly pending: number;
  /** Rejects what is pending and all that comes after. */
  close(): void;
}

export interface WriteListeners<Result> {
  /** Called right after the commit, before the promise of `submit` resolves. */
  readonly onCommitted?: (result: Result) => void;
  /** Tells, of a write that is refused because its commit failed, whether it took effect all the same: then its result. */
  readonly findDone?: () => Result | undefined;
}

interface Write {
  readonly kind: "accept" | "step";
  readonly run: () => unknown;
  readonly findDone: (() => unknown) | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

// Longer transactions delay the first write in them without making the rest noticeably cheaper.
const LARGEST_GROUP = 512;

// The pauses are in real time, whatever clock the system lives by: it is the disk that is waited for.
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

// A lock is held for as long as another process's transaction takes; a write that does not wait for ever waits this long.
const BUSY_PATIENCE_MS = 10_000;

export function createCommitter(ports: {
  readonly store: Store;
  readonly logger: Logger;
  /** After every group, when all of its promises are resolved. */
  readonly onCommitted: () => void;
  readonly isBusy: (error: unknown) => boolean;
  /** At the beginning of each transaction, inside it. Throws if it holds a step and the lease is lost. */
  readonly onBegin: (hasSteps: boolean) => void;
  /** A transaction has failed, or has reported that it failed. */
  readonly onRolledBack: (error: unknown) => void;
}): Committer {
  const { store, logger, onCommitted, isBusy, onBegin, onRolledBack } = ports;
  let queue: Write[] = [];
  let isScheduled = false;
  let isClosed = false;
  let pauseMs = 0;
  let busySince: number | undefined;
  let retryTimer: unknown;

  const schedule = () => {
    if (isScheduled || isClosed || queue.length === 0) return;
    isScheduled = true;
    if (pauseMs === 0) nextTurn(flush);
    else retryTimer = steadyClock.setTimeout(flush, pauseMs);
  };

  const flush = () => {
    isScheduled = false;
    if (isClosed) return;
    const group = queue.slice(0, LARGEST_GROUP);
    try {
      const results = commit(group);
      queue = queue.slice(group.length);
      pauseMs = 0;
      busySince = undefined;
      for (const [index, { resolve }] of group.entries()) resolve(results[index]);
      nextTurn(onCommitted);
    } catch (error) {
      recover(group, error);
    }
    schedule();
  };

  const commit = (group: readonly Write[]) => {
    try {
      return store.transact(() => {
        onBegin(group.some(({ kind }) => kind === "step"));
        return group.map(({ run }) => run());
      });
    } catch (error) {
      onRolledBack(error);
      throw error;
    }
  };

  const recover = (group: readonly Write[], error: unknown) => {
    if (ProcessError.is(error, "STORE_UNAVAILABLE")) return waitForStore(error);
    // Something in the group is at fault. Alone, each write either stands or falls by itself.
    queue = queue.slice(group.length);
    const kept: Write[] = [];
    for (const write of group) {
      try {
        write.resolve(commit([write])[0]);
      } catch (ownError) {
        if (ProcessError.is(ownError, "STORE_UNAVAILABLE")) kept.push(write);
        else write.reject(ownError);
      }
    }
    queue = [...kept, ...queue];
    nextTurn(onCommitted);
  };

  const waitForStore = (error: ProcessError) => {
    busySince = isBusy(error) ? (busySince ?? steadyClock.now()) : undefined;
    const isPatient = busySince !== undefined && steadyClock.now() - busySince < BUSY_PATIENCE_MS;
    if (!isPatient) {
      const refused = queue.filter(({ kind }) => kind === "accept");
      queue = queue.filter(({ kind }) => kind === "step");
      for (const write of refused) refuse(write, error);
      if (queue.length > 0) logger.error(`${queue.length} writes wait for the store: ${error.message}`);
    }
    pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2));
    if (queue.length === 0) {
      pauseMs = 0;
      busySince = undefined;
      nextTurn(onCommitted);
    }
  };

  const refuse = ({ findDone, resolve, reject }: Write, error: ProcessError) => {
    try {
      const done = findDone?.();
      if (done === undefined) reject(error);
      else resolve(done);
    } catch {
      reject(error);
    }
  };

  return {
    submit: <Result>(kind: "accept" | "step", write: () => Result, { onCommitted: tell, findDone }: WriteListeners<Result> = {}) =>
      new Promise<Result>((resolve, reject) => {
        if (isClosed) return reject(refuseClosed());
        const settle = (result: Result) => {
          tell?.(result);
          resolve(result);
        };
        // Results come back to the write that they are of.
        queue.push({ kind, run: write, findDone, resolve: (tell === undefined ? resolve : settle) as (result: unknown) => void, reject });
        schedule();
      }),
    get pending() {
      return queue.length;
    },
    close: () => {
      isClosed = true;
      steadyClock.clearTimeout(retryTimer);
      const refused = queue;
      queue = [];
      for (const { reject } of refused) reject(refuseClosed());
    },
  };
}

function refuseClosed(): ProcessError {
  return new ProcessError("SYSTEM_STOPPED", "the system was stopped before this could be stored", {
    hint: "Start it again, then repeat the call.",
  });
}
