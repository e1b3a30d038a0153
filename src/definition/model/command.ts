import type { LaneKind } from "./lane.ts";
import type { Duration } from "../../platform/duration.ts";

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

/** The names of {@link MoreCommandOptions}. In the flat form they are fields of the payload. */
export const moreCommandOptionNames = ["key", "lane"] as const;

/** What a command takes in the form with `payload` alone, so that no field of a payload is taken for one. */
export interface MoreCommandOptions {
  /**
   * A name for the command among those of its instance. The command takes the place of the one that the instance has dispatched with this key
   * before, if the turn of that one has not come; and `process.withdraw(key)` takes it back.
   */
  readonly key?: string;
  /** `own`: the command runs beside the others of its instance, and not in order with them. */
  readonly lane?: NonNullable<LaneKind>;
}

/** What a dispatched command resolves with. Nothing is stored before the attempt commits. */
export interface StagedCommand {
  readonly commandId: string;
  readonly dueAt: Date;
}

export type DispatchCommand = (options: CommandOptions & Readonly<Record<string, unknown>>) => Promise<StagedCommand>;

/** What became of a command from outside. It is durable, unless it was a duplicate of one that is. */
export interface CommandReceipt {
  readonly commandId: string;
  /** When it is due. Of a duplicate: when the command was due that was accepted first. */
  readonly dueAt: Date;
  /** `duplicate`: its commandId was accepted before, and nothing was stored. */
  readonly outcome: "accepted" | "duplicate";
}

/** Dispatches a command from outside. `commandId` names it, in the form with `payload` alone. */
export type DispatchOutside = (
  options: CommandOptions & { readonly commandId?: string } & Readonly<Record<string, unknown>>,
) => Promise<CommandReceipt>;

/** Commands by name: `commands.sendWelcomeEmail({ aggregateId, delay: "1m", payload })`, or with the payload's fields in its place. */
export type Commands = Readonly<Record<string, DispatchCommand>>;

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
  /** The process that dispatched it, or the policy; empty if it came from outside, by `system.commands`. */
  readonly process: string;
  /** The instance that dispatched it; empty if none has. */
  readonly processId: string;
  readonly dispatchedAt: Date;
  readonly dueAt: Date;
}
