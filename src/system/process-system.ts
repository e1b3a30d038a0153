import type { AnyStateMachine } from "xstate";
import type { PayloadInput } from "../definition/types/payload-type.ts";
import type { ProcessName, RegisteredEvents } from "../definition/types/register.ts";
import type { DeadLetters } from "../observe/dead-letters.ts";
import type { DefinitionChange } from "../observe/definition-changes.ts";
import type { Lag } from "../observe/lag.ts";
import type { Overview } from "../observe/overview.ts";
import type { Processes } from "../observe/processes.ts";
import type { Timers } from "../observe/timers.ts";
import type { Duration } from "../platform/duration.ts";
import type { Receipt } from "../runtime/commit/accept.ts";
import type { DispatchedEvent } from "../definition/model/dispatched-event.ts";
import type { RuntimeState } from "../runtime/lifecycle.ts";
import type { StorageSize } from "../store/retention.ts";

/**
 * An event that can be dispatched: one of the project's own, with the payload that its schema takes, once its types are generated;
 * until then any {@link DispatchedEvent}.
 */
export type KnownEvent = [RegisteredEvents] extends [undefined] ? DispatchedEvent : EventOf<RegisteredEvents>;

type EventOf<Modules> = {
  [Type in keyof Modules]: Omit<DispatchedEvent, "type" | "payload"> & { readonly type: Type } & PayloadField<PayloadInput<Modules[Type]>>;
}[keyof Modules];

// Left out, a payload is `{}`.
type PayloadField<Payload> = {} extends Payload ? { readonly payload?: Payload } : { readonly payload: Payload };

/**
 * Process managers on one store. What looks something up returns a promise, wherever the instances are kept; a wrong argument is its
 * rejection.
 */
export interface ProcessSystem extends AsyncDisposable {
  /**
   * Recovers what the store holds, arms its timers and begins to work. A system that was stopped can be started again; one
   * that is started stays as it is.
   */
  start(): Promise<void>;
  /**
   * Accepts an event, or a list of events in one commit. It resolves when they are durable and before they are handled.
   * Events may be dispatched before `start`; they are handled after it.
   * @throws ProcessError `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`: nothing was accepted, of a list neither;
   * `STORE_UNAVAILABLE`: nothing was stored; `STORE_REPLACED`, `STORE_NEWER`: nothing will be any more; `SYSTEM_STOPPED`
   */
  dispatch(event: KnownEvent): Promise<Receipt>;
  dispatch(events: readonly KnownEvent[]): Promise<readonly Receipt[]>;
  // Once more, because the compiler explains a mistake by the last one, and most often a single event is meant.
  dispatch(event: KnownEvent): Promise<Receipt>;
  /** Resolves when no due work is left. Timers of the future do not count, nor do retries that wait. */
  whenIdle(): Promise<void>;
  /**
   * Begins nothing new and lets the handlers that run finish and commit. After `timeout` (`"15s"` unless told otherwise) they
   * are cut off: their `signal` aborts, nothing of them is kept, and they run again after the next start.
   */
  stop(options?: { readonly timeout?: Duration | (string & {}) }): Promise<void>;
  readonly processes: Processes;
  readonly deadLetters: DeadLetters;
  readonly timers: Timers;
  /** How far the work is behind. */
  lag(): Promise<Lag>;
  /** How large the store is, in bytes and in rows by table. It counts, so it takes a moment on a large store. */
  storage(): Promise<StorageSize>;
  /**
   * Removes what is past its retention now rather than within ten minutes; returns how much went.
   * @throws ProcessError `SYSTEM_NOT_STARTED` unless this process is the worker
   */
  prune(): Promise<number>;
  /** Open instances whose process was changed or removed since they were last written. Reported to the logger at start, too. */
  changes(): Promise<readonly DefinitionChange[]>;
  /**
   * `created`: not started yet. `working`: this OS process does the work. `standby`: another one does, and this one takes over
   * when it ends. `client`: it never works. `lost`: it was displaced by another worker, or its file was replaced or brought to a newer
   * version, and it has stopped. `stopped`.
   */
  readonly state: RuntimeState;
  /** The XState machine of each process, by its name. */
  readonly machines: Readonly<Record<ProcessName, AnyStateMachine>>;
  /** Counts, recent steps, dead letters and lag as an XState store. */
  readonly overview: Overview;
}
