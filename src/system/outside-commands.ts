import type { CommandReceipt, DispatchOutside } from "../definition/model/command.ts";
import type { CommandNames } from "../runtime/core/stage.ts";

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
