import type { AnyStateMachine } from "xstate";
import type { PayloadInput } from "../definition/types/payload-type.ts";
import type { OutsideCommands } from "../definition/types/known-commands.ts";
import type { ProcessName, RegisteredCommands, RegisteredEvents } from "../definition/types/register.ts";
import type { DeadLetters } from "../observe/dead-letters.ts";
import type { DefinitionChange } from "../observe/definition-changes.ts";
import type { Health, HealthOptions } from "../observe/health.ts";
import type { Lag } from "../observe/lag.ts";
import type { Overview } from "../observe/overview.ts";
import type { Schedules } from "../observe/schedules.ts";
import type { Processes } from "../observe/processes.ts";
import type { Scheduled } from "../observe/scheduled.ts";
import type { Timers } from "../observe/timers.ts";
import type { Duration } from "../platform/duration.ts";
import type { Receipt } from "../runtime/commit/accept.ts";
import type { DispatchedEvent } from "../definition/model/dispatched-event.ts";
import type { RuntimeState } from "../runtime/lifecycle.ts";
import type { Telemetry } from "../runtime/trace/telemetry.ts";
import type { StorageSize } from "../store/retention.ts";

/**
 * An event that can be dispatched. Once the project's types are generated, it is one of the project's events, with the payload that its
 * schema takes. Until then it is any {@link DispatchedEvent}.
 */
export type KnownEvent = [RegisteredEvents] extends [undefined] ? DispatchedEvent : EventOf<RegisteredEvents>;

type EventOf<Modules> = {
  [Type in keyof Modules]: Omit<DispatchedEvent, "type" | "payload"> & { readonly type: Type } & PayloadField<PayloadInput<Modules[Type]>>;
}[keyof Modules];

// The payload may be left out where `{}` is one.
type PayloadField<Payload> = {} extends Payload ? { readonly payload?: Payload } : { readonly payload: Payload };

/**
 * Process managers on one store. Every look-up returns a promise, so that the interface is the same wherever the instances are kept. A
 * wrong argument rejects the promise.
 */
export interface ProcessSystem extends AsyncDisposable {
  /**
   * Recovers what the store holds, sets its timers and begins to work. A system that was stopped can be started again. A second call
   * changes nothing.
   */
  start(): Promise<void>;
  /**
   * Accepts an event, or a list of events in one commit. The promise resolves when they are durable and before they are handled.
   * Events may be dispatched before `start`; they are handled after it.
   * @throws ProcessError `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`: nothing was accepted, and nothing of a list either;
   * `STORE_UNAVAILABLE`: nothing was stored; `STORE_REPLACED`, `STORE_NEWER`: nothing can be stored any more; `SYSTEM_STOPPED`
   */
  dispatch(event: KnownEvent): Promise<Receipt>;
  dispatch(events: readonly KnownEvent[]): Promise<readonly Receipt[]>;
  // The single event is declared again, because the compiler explains a mistake by the last overload, and most often a single event is
  // meant.
  dispatch(event: KnownEvent): Promise<Receipt>;
  /**
   * Dispatches a command from outside, as handlers do: `system.commands.sendMail({ aggregateId, delay, payload })`. The promise resolves when the
   * command is durable. Its `delay` counts from now. With `commandId`, beside `payload`, a repeated one is recognised as long as
   * `retention.deduplication` says. It belongs to no instance: those of one aggregate run in order, and one that fails for good leaves a
   * dead letter and holds nothing up.
   * @throws ProcessError `COMMAND_UNKNOWN`, `COMMAND_INVALID`, `COMMAND_PAYLOAD_INVALID`, `DURATION_INVALID`: nothing was accepted;
   * otherwise as `dispatch` does
   */
  readonly commands: OutsideCommands<RegisteredCommands>;
  /**
   * Puts an event, or a list of events, into the store at once, and returns its `eventId`, or the list of them. Within a transaction of the
   * program on the connection that it has given as store, the events are stored if and only if that transaction commits. The worker accepts them
   * then, in order; an `eventId` that was accepted before changes nothing.
   * @throws ProcessError `EVENT_INVALID`, `EVENT_PAYLOAD_INVALID`, `SCHEMA_ASYNC`, `STORE_UNAVAILABLE`: nothing was stored, and nothing of a list
   * either; `INBOX_UNAVAILABLE` if the system was given no connection; `SYSTEM_STOPPED`
   */
  enqueue(event: KnownEvent): string;
  enqueue(events: readonly KnownEvent[]): readonly string[];
  // As with dispatch.
  enqueue(event: KnownEvent): string;
  /** Resolves when no due work is left. Neither timers that are not due yet nor retries that wait count as due. */
  whenIdle(): Promise<void>;
  /**
   * Stops: begins nothing new, and lets running handlers finish and commit. Handlers that still run after `timeout` (default `"15s"`) are
   * cut off: their `signal` aborts, nothing of them is kept, and they run again after the next start.
   */
  stop(options?: { readonly timeout?: Duration | (string & {}) }): Promise<void>;
  readonly processes: Processes;
  readonly deadLetters: DeadLetters;
  readonly timers: Timers;
  readonly scheduled: Scheduled;
  readonly schedules: Schedules;
  /** How far the work is behind. */
  lag(): Promise<Lag>;
  /**
   * How the system is: whether it is live and ready, the reasons if not, and its lag. A store that does not answer is a reason and no rejection.
   * @throws ProcessError `CONFIG_INVALID` for an option
   */
  health(options?: HealthOptions): Promise<Health>;
  /** How large the store is, in bytes and in rows by table. The call counts rows, so it takes a moment on a large store. */
  storage(): Promise<StorageSize>;
  /**
   * Removes what is past its retention at once, instead of within ten minutes. Returns how much was removed.
   * @throws ProcessError `SYSTEM_NOT_STARTED` unless this OS process is the worker
   */
  prune(): Promise<number>;
  /** Open instances whose process was changed or removed since they were last written. They are also logged at start. */
  changes(): Promise<readonly DefinitionChange[]>;
  /**
   * `created`: the system was not started yet. `working`: this OS process is the worker. `standby`: another OS process is the worker, and
   * this one takes over when that one ends. `client`: the system never becomes the worker. `lost`: another worker has displaced this one,
   * or the file was replaced or brought to a newer version, so the system has stopped by itself. `stopped`: `stop` was called.
   */
  readonly state: RuntimeState;
  /** The XState machine of each process, by its name. */
  readonly machines: Readonly<Record<ProcessName, AnyStateMachine>>;
  /** Counts, recent steps, dead letters and lag as an XState store. */
  readonly overview: Overview;
  /** What was given as the option `telemetry`. */
  readonly telemetry: Telemetry | undefined;
}
