import type { Duration } from "../../platform/duration.ts";
import type { Logger } from "../../platform/logger.ts";

/** The four statuses of an instance. */
export const statuses = ["started", "completed", "timed_out", "failed"] as const;

export type Status = (typeof statuses)[number];

/** One run of a process for one aggregate, as the interface shows it. */
export interface ProcessInstance {
  readonly processId: string;
  /** `<aggregate>/<process>`, such as `order/order-lifecycle`. */
  readonly process: string;
  readonly aggregateId: string;
  readonly status: Status;
  /** When the starting event occurred. */
  readonly startedAt: Date;
  /** When the event or the timeout that ended it occurred. A failed instance ends when its dead letter is discarded. */
  readonly endedAt: Date | undefined;
  /** When it last changed in the store. */
  readonly updatedAt: Date;
  /** When its timeout is due. `undefined` without a timeout and after the end. */
  readonly dueAt: Date | undefined;
  /** How it was completed, where the event that completed it says so. */
  readonly outcome: string | undefined;
  /** What it remembers; `undefined` if its process has no context. */
  readonly context: Readonly<Record<string, unknown>> | undefined;
}

/** A fact that was dispatched, as handlers see it. */
export interface ProcessEvent<Payload = unknown, Type extends string = string> {
  readonly eventId: string;
  readonly type: Type;
  readonly aggregateId: string;
  readonly payload: Payload;
  readonly occurredAt: Date;
  readonly correlationId: string | undefined;
  readonly causationId: string | undefined;
}

/** The names of {@link CommandOptions}. In the flat form a field of the payload cannot be called so. */
export const commandOptionNames = ["aggregateId", "delay", "correlationId", "causationId"] as const;

/**
 * What every command takes beside its payload, which is either all other keys, or the one key `payload`. Generated types narrow `Delay` to the
 * forms that are understood.
 */
export interface CommandOptions<Delay = Duration | (string & {}) | Date> {
  /** The aggregate the command is for. */
  readonly aggregateId: string;
  /** When to run it: a duration counted from the moment the handled event occurred, or a `Date`. Default: at once. */
  readonly delay?: Delay;
  /** Default: the handled event's own, or else its eventId. */
  readonly correlationId?: string;
  /** Default: the handled event's eventId. */
  readonly causationId?: string;
}

/** What a dispatched command resolves with. Nothing is stored before the attempt commits. */
export interface StagedCommand {
  readonly commandId: string;
  readonly dueAt: Date;
}

export type DispatchCommand = (options: CommandOptions & Readonly<Record<string, unknown>>) => Promise<StagedCommand>;

/** Commands by name: `commands.sendWelcomeEmail({ aggregateId, delay: "1m", payload })`, or with the payload's fields in its place. */
export type Commands = Readonly<Record<string, DispatchCommand>>;

/** What a handler of a process receives. Generated types give all four parameters. */
export interface HandlerArgs<Payload = unknown, Type extends string = string, KnownCommands = Commands, Context = unknown> {
  readonly event: ProcessEvent<Payload, Type>;
  readonly commands: KnownCommands;
  /**
   * What the instance remembers, as it was before this event; it is frozen. What the handler returns changes it: an object whose keys take
   * the place of those before. `undefined` where the process has no `context`.
   */
  readonly context: Context;
  /** The instance as it was before this event. */
  readonly process: ProcessInstance;
  /** The same on every automatic retry of this step, a new one when an operator retries it. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborts when the attempt is out of time or the system stops. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

// Handlers are contravariant in their arguments: `never` lets a handler that wants a narrower payload in.
export type Handler = (args: never) => unknown;

/** A command as its handler sees it. */
export interface Command<Payload = unknown, Type extends string = string> {
  readonly commandId: string;
  /** Its name, such as `sendWelcomeEmail`. */
  readonly type: Type;
  readonly aggregateId: string;
  readonly payload: Payload;
  readonly metadata: CommandMetadata;
}

export interface CommandMetadata {
  readonly correlationId: string;
  readonly causationId: string;
  /** The process and the instance that dispatched it. */
  readonly process: string;
  readonly processId: string;
  readonly dispatchedAt: Date;
  readonly dueAt: Date;
}

/** What a command handler receives. What it may return is {@link ReturnedEvents}. */
export interface CommandHandlerArgs<Payload = unknown, Type extends string = string> {
  readonly command: Command<Payload, Type>;
  /** The same on every automatic retry, a new one when an operator retries the command. */
  readonly idempotencyKey: string;
  /** From 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}
