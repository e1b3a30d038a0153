import type { CommandOptions } from "../../definition/model/command.ts";
import type { JournalEntry } from "../../record/journal-entry.ts";
import { recordToCommand } from "../../record/command.ts";
import type { Around, HeldCommand } from "../../runtime/core/around.ts";
import type { UnownedWork } from "./unowned-watch.ts";

/** A command that a handler dispatched, as its step committed it, or one from outside. */
export interface DispatchedCommand {
  readonly commandId: string;
  /** Its name, such as `sendWelcomeEmail`. */
  readonly type: string;
  /** The aggregate that the command is for. */
  readonly aggregateId: string;
  readonly payload: unknown;
  /** The delay as the handler wrote it; `undefined` means at once. Of a command from outside, `dueAt` alone tells. */
  readonly delay: CommandOptions["delay"];
  /** The key that it was dispatched with, if any. */
  readonly key: string | undefined;
  /** `own` if it runs beside the others of its instance. */
  readonly lane: "own" | undefined;
  readonly dispatchedAt: Date;
  readonly dueAt: Date;
  /** The process that dispatched it, or the policy; empty for a command from outside. */
  readonly process: string;
  /** The instance that dispatched it; empty if none has. */
  readonly processId: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** When the command's handler had succeeded; `undefined` until then. */
  readonly executedAt: Date | undefined;
}

/** The commands that were dispatched, in the order of their commits. */
export interface CommandLog {
  readonly all: readonly DispatchedCommand[];
  /** Stands around each attempt and keeps what it dispatches. */
  readonly around: Around;
  /** Notes which dispatched commands were committed and which were executed. The commands of an attempt that failed never are. */
  follow(entries: readonly JournalEntry[], unowned: UnownedWork): void;
}

/** `now` tells when what has no journal was committed, in milliseconds since 1970. */
export function createCommandLog(now: () => number): CommandLog {
  const all: HeldCommand[] = [];
  // What attempts have dispatched that is not committed yet, by id, because a repeated attempt gives its commands the same ids.
  const held = new Map<string, HeldCommand>();
  const executedAt = new Map<string, Date>();
  // Commands whose handler has succeeded, until that is committed.
  const succeeded = new Set<string>();

  const commit = (commandId: string) => {
    const command = held.get(commandId);
    if (command === undefined) throw new Error(`command ${commandId} was committed, and no attempt has dispatched it in this test system`);
    all.push(command);
    held.delete(commandId);
  };

  return {
    get all() {
      return all.map((command) => describe(command, executedAt.get(command.commandId)));
    },
    around: async (attempt, next) => {
      const { commands } = await next();
      if (attempt.kind === "command") succeeded.add(attempt.command.commandId);
      for (const command of commands) held.set(command.commandId, command);
    },
    follow: (entries, { dispatched, attempted }) => {
      for (const command of dispatched) {
        // Nobody stands around a dispatch from outside.
        if (command.process === "")
          all.push({ ...recordToCommand(command), delay: undefined, key: undefined, lane: command.lane ?? undefined });
        else commit(command.commandId);
      }
      for (const { commandId, isLast } of attempted) if (isLast && succeeded.delete(commandId)) executedAt.set(commandId, new Date(now()));
      for (const { kind, command, commands = [], at } of entries) {
        if (command !== undefined) succeeded.delete(command.commandId);
        for (const { commandId } of commands) commit(commandId);
        if (kind === "command_handled" && command !== undefined) executedAt.set(command.commandId, at);
      }
    },
  };
}

function describe({ metadata, ...command }: HeldCommand, executedAt: Date | undefined): DispatchedCommand {
  return { ...command, ...metadata, executedAt };
}
