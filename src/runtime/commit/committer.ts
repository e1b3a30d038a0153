import { ProcessError } from "../../errors.ts";
import { steadyClock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { nextTurn } from "../../platform/turn.ts";
import type { Store } from "../../store/store.ts";
import { createLockPatience, type LockPatience } from "./lock-patience.ts";

/**
 * Group commit: the writes that are ready in one turn of the event loop share a transaction, because each transaction costs far more than
 * each row. Promises resolve after the transaction. A single write waits for the end of the turn and for nothing else.
 */
export interface Committer {
  /**
   * Runs `write` in the next transaction. `write` may run again if the transaction fails, so it must change nothing but the store.
   *
   * A commit can take effect although it reports a failure. So a write that runs again is given `previous`, which is what it returned the
   * time before. If the write finds its own work done, it returns `previous`.
   *
   * `accept`: a write for a caller, whose promise rejects when the store is unavailable. `step`: a write of the worker, which is then kept
   * and tried again until `close`; it is written only while the worker holds the lease.
   */
  submit<Result>(
    kind: "accept" | "step",
    write: (previous: Result | undefined) => Result,
    listeners?: WriteListeners<Result>,
  ): Promise<Result>;
  /** How many writes are not durable yet. */
  readonly pending: number;
  /** Rejects the writes that are pending and all later ones. */
  close(): void;
}

export interface WriteListeners<Result> {
  /**
   * Called in the next turn, together with others, and only reads. What it returns is called at once. The write is committed in the turn after
   * that, together with what has become ready meanwhile. Neither is called while the store cannot be written, nor for few writes while others are
   * ready: those are committed with them.
   */
  readonly prepare?: () => () => void;
  /** Called right after the commit, before the promise of `submit` resolves. */
  readonly onCommitted?: (result: Result) => void;
  /** Called before the promise of `submit` rejects. */
  readonly onRefused?: () => void;
  /** Says whether a write that is refused because its commit failed took effect all the same. `previous` is what `write` is given. */
  readonly isDone?: (previous: Result) => boolean;
}

interface Write {
  readonly kind: "accept" | "step";
  readonly run: (previous: unknown) => unknown;
  /** What `run` returned when it was run last. */
  previous: unknown;
  readonly isDone: ((previous: unknown) => boolean) | undefined;
  readonly prepare: (() => () => void) | undefined;
  readonly tell: ((result: unknown) => void) | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

// A longer transaction would delay its first write, and make the others hardly cheaper.
const LARGEST_GROUP = 512;

// So few writes gain less by being prepared than a commit of their own costs.
const FEW = 2;

// The pauses are in real time, whatever clock the system has, because they wait for the disk.
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;

export interface CommitterPorts {
  readonly store: Store;
  readonly logger: Logger;
  /** Called after every group, when all of its promises are resolved. */
  readonly onCommitted: () => void;
  readonly isBusy: (error: unknown) => boolean;
  /** Called inside each transaction, at its beginning. It throws if the transaction has a step and the lease is lost. */
  readonly onBegin: (hasSteps: boolean) => void;
  /** Called when a transaction has failed, or has reported a failure. */
  readonly onRolledBack: (error: unknown) => void;
}

export function createCommitter(ports: CommitterPorts): Committer {
  return new GroupCommitter(ports);
}

class GroupCommitter implements Committer {
  readonly #ports: CommitterPorts;
  readonly #pauses: Pauses;
  #queue: Write[] = [];
  /** Writes that are still to be prepared. */
  #fresh: Write[] = [];
  /** Whether the queue has waited for a turn already, for what was prepared. */
  #hasWaited = false;
  #isScheduled = false;
  #isClosed = false;
  #retryTimer: unknown;

  constructor(ports: CommitterPorts) {
    this.#ports = ports;
    this.#pauses = createPauses(ports.isBusy);
  }

  // Handed on as it is, as a function.
  readonly submit: Committer["submit"] = (kind, write, { prepare, onCommitted, onRefused, isDone } = {}) =>
    new Promise((resolve, fail) => {
      const reject = onRefused === undefined ? fail : tellBefore(onRefused, fail);
      if (this.#isClosed) return reject(refuseClosed());
      const own = { kind, run: write, previous: undefined, isDone, prepare, tell: onCommitted, resolve, reject };
      // The cast holds, because each result comes back to the write that returned it.
      (prepare === undefined ? this.#queue : this.#fresh).push(own as unknown as Write);
      this.#schedule();
    });

  get pending(): number {
    return this.#queue.length + this.#fresh.length;
  }

  close(): void {
    this.#isClosed = true;
    steadyClock.clearTimeout(this.#retryTimer);
    const refused = [...this.#queue, ...this.#fresh];
    this.#queue = [];
    this.#fresh = [];
    for (const { reject } of refused) reject(refuseClosed());
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isClosed || this.pending === 0) return;
    this.#isScheduled = true;
    if (this.#pauses.ms === 0) nextTurn(this.#flush);
    else this.#retryTimer = steadyClock.setTimeout(this.#flush, this.#pauses.ms);
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    if (this.#isClosed) return;
    const ready = this.#queue.length;
    const hasPrepared = this.#prepareFresh();
    this.#hasWaited = hasPrepared && !this.#hasWaited;
    if (this.#hasWaited) return this.#schedule();
    // What was prepared just now has its turn next.
    this.#write(this.#queue.slice(0, hasPrepared ? Math.min(ready, LARGEST_GROUP) : LARGEST_GROUP));
    this.#schedule();
  };

  #write(group: readonly Write[]): void {
    let results: readonly unknown[];
    try {
      results = this.#commit(group);
    } catch (error) {
      return this.#recover(group, error);
    }
    this.#queue = this.#queue.slice(group.length);
    this.#pauses.end();
    for (let index = 0; index < group.length; index += 1) this.#settle(group[index]!, results[index]);
    nextTurn(this.#ports.onCommitted);
  }

  /** Returns whether anything was prepared that may be ready in the next turn. */
  #prepareFresh(): boolean {
    if (this.#fresh.length === 0) return false;
    const fresh = this.#fresh;
    this.#fresh = [];
    // What is prepared is committed a turn later. A few writes rather join what is committed now.
    const isPrepared = this.#pauses.ms === 0 && (fresh.length > FEW || this.#queue.length === 0);
    const prepareAll = () => fresh.map(({ prepare }) => prepare?.());
    // To begin and end a transaction costs as much as a few reads.
    const begins = isPrepared ? (fresh.length > 2 ? this.#ports.store.look(prepareAll) : prepareAll()) : [];
    for (const begin of begins) begin?.();
    for (const write of fresh) this.#queue.push(write);
    return isPrepared;
  }

  #commit(group: readonly Write[]): readonly unknown[] {
    const { store, onBegin, onRolledBack } = this.#ports;
    const results: unknown[] = [];
    try {
      store.transact(() => {
        onBegin(group.some(({ kind }) => kind === "step"));
        for (const { run, previous } of group) results.push(run(previous));
      });
      return results;
    } catch (error) {
      for (const [index, result] of results.entries()) group[index]!.previous = result;
      onRolledBack(error);
      throw error;
    }
  }

  #recover(group: readonly Write[], error: unknown): void {
    if (ProcessError.is(error, "STORE_UNAVAILABLE")) return this.#waitForStore(error);
    // One of the writes is at fault, so each runs alone, and only that one fails.
    this.#queue = this.#queue.slice(group.length);
    const kept: Write[] = [];
    for (const write of group) {
      let results: readonly unknown[];
      try {
        results = this.#commit([write]);
      } catch (ownError) {
        if (ProcessError.is(ownError, "STORE_UNAVAILABLE")) kept.push(write);
        else write.reject(ownError);
        continue;
      }
      this.#settle(write, results[0]);
    }
    this.#queue = [...kept, ...this.#queue];
    nextTurn(this.#ports.onCommitted);
  }

  #waitForStore(error: ProcessError): void {
    const { logger, onCommitted } = this.#ports;
    // A lock is given back before long, so that callers' writes wait for it as well.
    if (!this.#pauses.isPatient(error)) {
      const refused = this.#queue.filter(({ kind }) => kind === "accept");
      this.#queue = this.#queue.filter(({ kind }) => kind === "step");
      for (const write of refused) this.#refuse(write, error);
      if (this.#queue.length > 0 && this.#pauses.isNews()) {
        logger.error(`${this.#queue.length} writes wait for the store: ${error.message}`);
      }
    }
    this.#pauses.lengthen();
    if (this.#queue.length > 0) return;
    this.#pauses.end();
    nextTurn(onCommitted);
  }

  /** Resolves the write's promise, whatever its listener does, because the write is committed. */
  #settle({ tell, resolve }: Write, result: unknown): void {
    try {
      tell?.(result);
    } catch (error) {
      this.#ports.logger.error("a listener to a commit failed", { error });
    }
    resolve(result);
  }

  /** Ends a write that does not wait for the store any longer. It is rejected, unless its commit took effect although it reported a failure. */
  #refuse(write: Write, error: ProcessError): void {
    if (hasTakenEffect(write)) this.#settle(write, write.previous);
    else write.reject(error);
  }
}

function tellBefore(onRefused: () => void, reject: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    onRefused();
    reject(error);
  };
}

function hasTakenEffect({ previous, isDone }: Write): boolean {
  try {
    return previous !== undefined && isDone?.(previous) === true;
  } catch {
    // The store cannot be read either, and why it cannot be written is what the caller is told.
    return false;
  }
}

/** How the writes of a failed group go on. */
interface Pauses extends LockPatience {
  /** How long to wait before the store is tried again; 0 if nothing waits for the store. */
  readonly ms: number;
  /** True for the first question after the store was last writable. */
  isNews(): boolean;
  lengthen(): void;
}

function createPauses(isBusy: (error: unknown) => boolean): Pauses {
  let ms = 0;
  const patience = createLockPatience(isBusy);
  let isTold = false;
  return {
    get ms() {
      return ms;
    },
    isPatient: patience.isPatient,
    isNews: () => {
      const isNews = !isTold;
      isTold = true;
      return isNews;
    },
    lengthen: () => {
      ms = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, ms * 2));
    },
    end: () => {
      ms = 0;
      patience.end();
      isTold = false;
    },
  };
}

function refuseClosed(): ProcessError {
  return new ProcessError("SYSTEM_STOPPED", "the system was stopped before this could be stored", {
    hint: "Start it again, then repeat the call.",
  });
}
