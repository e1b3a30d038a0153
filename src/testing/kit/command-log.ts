import type { CommandOptions, Commands, StagedCommand } from "../../definition/model/handler.ts";
import type { JournalEntry } from "../../record/journal-entry.ts";
import type { NewCommand } from "../../store/commands.ts";

/** A command that a handler dispatched, as its step committed it. */
export interface DispatchedCommand {
  readonly commandId: string;
  /** Its name, such as `sendWelcomeEmail`. */
  readonly type: string;
  /** The aggregate it is for. */
  readonly aggregateId: string;
  readonly payload: unknown;
  /** As the handler wrote it; `undefined`: at once. */
  readonly delay: CommandOptions["delay"];
  readonly dispatchedAt: Date;
  readonly dueAt: Date;
  /** The process and the instance that dispatched it. */
  readonly process: string;
  readonly processId: string;
  readonly correlationId: string;
  readonly causationId: string;
  /** When its handler was done with it; `undefined` as long as it is not. */
  readonly executedAt: Date | undefined;
}

/** The commands that were dispatched, in the order of their commits. */
export interface CommandLog {
  readonly all: readonly DispatchedCommand[];
  /** Watches the commands in the arguments of a handler's attempt. */
  watchAttempt(args: object): void;
  /** Adds what a commit has stored. What an attempt dispatched in vain is never added. */
  add(commands: readonly NewCommand[]): void;
  /** Notes which commands were executed. */
  follow(entries: readonly JournalEntry[]): void;
}

export function createCommandLog(): CommandLog {
  const all: Omit<DispatchedCommand, "executedAt">[] = [];
  const executedAt = new Map<string, Date>();
  // A stored command has a due time and no delay any more.
  const delays = new Map<string, CommandOptions["delay"]>();

  const watchCommands = (commands: Commands): Commands =>
    new Proxy(commands, {
      get: (target, name) => {
        const dispatch: unknown = Reflect.get(target, name);
        if (typeof dispatch !== "function") return dispatch;
        return (options: CommandOptions) => {
          const receipt = Reflect.apply(dispatch, undefined, [options]) as Promise<StagedCommand>;
          // A refusal is the handler's to see.
          receipt.then(
            ({ commandId }) => delays.set(commandId, options.delay),
            () => {},
          );
          return receipt;
        };
      },
    });

  return {
    get all() {
      return all.map((command) => ({ ...command, executedAt: executedAt.get(command.commandId) }));
    },
    follow: (entries) => {
      for (const { kind, command, at } of entries)
        if (kind === "command_handled" && command !== undefined) executedAt.set(command.commandId, at);
    },
    watchAttempt: (args) => {
      const { commands } = args as { readonly commands: Commands };
      Object.assign(args, { commands: watchCommands(commands) });
    },
    add: (commands) => {
      for (const command of commands) {
        const { commandId, type, aggregateId, payload, dispatchedAt, dueAt, process, processId, correlationId, causationId } = command;
        all.push({
          commandId,
          type,
          aggregateId,
          payload: JSON.parse(payload) as unknown,
          delay: delays.get(commandId),
          dispatchedAt: new Date(dispatchedAt),
          dueAt: new Date(dueAt),
          process,
          processId,
          correlationId,
          causationId,
        });
        delays.delete(commandId);
      }
    },
  };
}
