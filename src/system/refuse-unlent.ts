import type { Domain } from "../definition/model/definition.ts";
import { ProcessError } from "../errors.ts";
import type { Store } from "../store/store.ts";

/** @throws ProcessError `CONFIG_INVALID` if a command is to write to the store's database, and the store has none that it could lend */
export function refuseUnlent({ lending }: Pick<Store, "lending">, { commands }: Pick<Domain, "commands">): void {
  if (lending !== undefined) return;
  const command = [...commands.values()].find(({ transaction }) => transaction);
  if (command === undefined) return;
  throw new ProcessError(
    "CONFIG_INVALID",
    `the command ${command.name} has transaction = true, and the store has no SQLite database to lend it`,
    {
      hint: `Give a file or a connection as store, or remove transaction (${command.source}): the handler then runs before the commit that settles the command.`,
      details: { command: command.name },
    },
  );
}
