import type { Command } from "commander";
import { addInstances, changeChosen, type ChangeOptions } from "../instances/change.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** `perdure cancel`: ends instances. */
export function addCancel(program: Command, terminal: Terminal): void {
  addInstances(program.command("cancel"))
    .summary("end instances")
    .description(
      "End instances as cancelled: what waits goes with them, and their cancelled handler follows. This cannot be undone, so it asks before it takes more than you named.",
    )
    .addHelpText(
      "after",
      formatExamples([
        ['perdure cancel order-lifecycle order-1 --reason "the customer asked"', "the newest instance of an order"],
        ["perdure cancel 019dc1f6-8a40-8001-a9d8-a1c4fc8ef1a5", "an instance by its process id"],
        ["perdure cancel --process order-lifecycle --dry-run", "which would be cancelled?"],
      ]),
    )
    .action((names: readonly string[], options: ChangeOptions, command: Command) => {
      const verb = { kind: "cancel-instance", reason: options.reason ?? null, by: nameAsker(options) } as const;
      return changeChosen({ names, options, verb, command, program, terminal });
    });
}
