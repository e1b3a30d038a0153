import type { CommandReceipt } from "../definition/model/command.ts";
import { ProcessError } from "../errors.ts";
import { answerCommands } from "../runtime/core/command-calls.ts";
import type { CommandNames } from "../runtime/core/command-names.ts";
import type { Openings } from "./openings.ts";

/** `system.commands`. */
export function createOutsideCommands(names: CommandNames, dispatch: (name: string, options: unknown) => Promise<CommandReceipt>): object {
  return new Proxy(
    {},
    answerCommands(
      () => names,
      (_, name, options) => dispatch(name, options),
    ),
  );
}

/** Has a command from outside accepted by whichever engine is open. */
export function acceptFromOutside(openings: Openings): (name: string, options: unknown) => Promise<CommandReceipt> {
  return async (name, options) => {
    if (openings.isClosing) throw new ProcessError("SYSTEM_STOPPED", "commands: the system stops", { hint: "Call start() to go on." });
    const { dueAt, ...receipt } = await openings.current().runtime.command(name, options);
    return { ...receipt, dueAt: new Date(dueAt) };
  };
}
