import type { CommandOptions } from "../../definition/model/command.ts";
import { recordToCommand } from "../../record/command.ts";
import type { NewCommand } from "../../store/commands.ts";
import type { AttemptOutcome } from "./around.ts";

type Delay = CommandOptions["delay"];

/** The commands that an attempt holds until it commits, as those who stand around the attempt are told of them. */
export class HeldCommands {
  readonly #delays = new Map<string, Delay>();

  /** Notes a delay as the handler wrote it. The cast holds, because a command is staged only if its delay could be read. */
  readonly noteDelay = (commandId: string, delay: unknown): void => void this.#delays.set(commandId, delay as Delay);

  tell(commands: readonly NewCommand[]): AttemptOutcome {
    return {
      commands: commands.map((command) => ({
        ...recordToCommand(command),
        delay: this.#delays.get(command.commandId),
        key: command.key ?? undefined,
        lane: command.lane ?? undefined,
      })),
      events: [],
    };
  }
}
