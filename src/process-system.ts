import type { AnyStateMachine } from "xstate";
import type { DeadLetters } from "./observe/dead-letters.ts";
import type { Lag } from "./observe/lag.ts";
import type { Overview } from "./observe/overview.ts";
import type { Processes } from "./observe/processes.ts";
import type { Timers } from "./observe/timers.ts";
import type { Duration } from "./platform/duration.ts";
import type { Receipt } from "./runtime/accept.ts";
import type { DispatchedEvent } from "./runtime/check-event.ts";

/** Process managers on one store. */
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
   * `STORE_UNAVAILABLE`: nothing was stored; `SYSTEM_STOPPED`
   */
  dispatch(event: DispatchedEvent): Promise<Receipt>;
  dispatch(events: readonly DispatchedEvent[]): Promise<readonly Receipt[]>;
  /** Resolves when no due work is left. Timers of the future do not count, and so do retries that wait. */
  whenIdle(): Promise<void>;
  /**
   * Begins nothing new and lets the handlers that run finish and commit. After `timeout` (`"15s"` unless told otherwise) they
   * are cut off: their `signal` aborts, nothing of them is kept, and they run again after the next start.
   */
  stop(options?: { readonly timeout?: Duration | (string & {}) }): Promise<void>;
  readonly processes: Processes;
  readonly deadLetters: DeadLetters;
  readonly timers: Timers;
  lag(): Lag;
  /** The XState machine of each process, by its name. */
  readonly machines: Readonly<Record<string, AnyStateMachine>>;
  /** Counts, recent steps, dead letters and lag as an XState store. */
  readonly overview: Overview;
}
