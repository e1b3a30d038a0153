import type { CommandReceipt, DispatchOutside } from "../definition/model/command.ts";
import { ProcessError } from "../errors.ts";
import type { CommandNames } from "../runtime/core/command-names.ts";
import type { Openings } from "./openings.ts";

/**
 * `system.commands`: a function for each name that is asked for, whether there is a command of that name or not. Which names a project has is known
 * to its types alone.
 */
export function createOutsideCommands(names: CommandNames, dispatch: (name: string, options: unknown) => Promise<CommandReceipt>): object {
  return new Proxy<Record<string, DispatchOutside>>(
    {},
    {
      // `then` stays undefined, so that the object is not taken for a promise.
      get: (_, name) => (typeof name === "string" && name !== "then" ? (options: unknown) => dispatch(name, options) : undefined),
      has: (_, name) => typeof name === "string" && names.has(name),
      ownKeys: () => [...names.list()],
      getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
    },
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
