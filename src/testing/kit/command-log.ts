import type { CommandOptions } from "../../definition/model/command.ts";
import type { JournalEntry } from "../../record/journal-entry.ts";
import type { Around, HeldCommand } from "../../runtime/core/around.ts";

/** A command that a handler dispatched, as its step committed it. */
export interface DispatchedCommand {
  readonly commandId: string;
  /** Its name, such as `sendWelcomeEmail`. */
  readonly type: string;
  /** The aggregate that the command is for. */
  readonly aggregateId: string;
  readonly payload: unknown;
  /** The delay as the handler wrote it; `undefined` means at once. */
  readonly delay: CommandOptions["delay"];
  readonly dispatchedAt: Date;
  readonly dueAt: Date;
  /** The process and the instance that dispatched it. */
  readonly process: string;
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
  follow(entries: readonly JournalEntry[]): void;
}

export function createCommandLog(): CommandLog {
  const all: HeldCommand[] = [];
  // What attempts have dispatched that is not committed yet, by id, because a repeated attempt gives its commands the same ids.
  const held = new Map<string, HeldCommand>();
  const executedAt = new Map<string, Date>();

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
    around: async (_, next) => {
      const { commands } = await next();
      for (const command of commands) held.set(command.commandId, command);
    },
    follow: (entries) => {
      for (const { kind, command, commands = [], at } of entries) {
        for (const { commandId } of commands) commit(commandId);
        if (kind === "command_handled" && command !== undefined) executedAt.set(command.commandId, at);
      }
    },
  };
}

function describe({ metadata, ...command }: HeldCommand, executedAt: Date | undefined): DispatchedCommand {
  return { ...command, ...metadata, executedAt };
}
