import type { Command } from "commander";
import { addInstances, changeChosen, type ChangeOptions } from "../instances/change.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** `perdure suspend`: tells instances to wait. */
export function addSuspend(program: Command, terminal: Terminal): void {
  addInstances(program.command("suspend"))
    .summary("tell instances to wait")
    .description(
      "Tell instances to wait: their events and commands are parked in order, and nothing of them falls due until `perdure resume`.",
    )
    .addHelpText(
      "after",
      formatExamples([
        ['perdure suspend order-lifecycle order-1 --reason "a dispute"', "the newest instance of an order"],
        ["perdure suspend --process order-lifecycle --where customerId=c-1", "by what instances remember"],
      ]),
    )
    .action((names: readonly string[], options: ChangeOptions, command: Command) => {
      const verb = { kind: "suspend-instance", reason: options.reason ?? null, by: nameAsker(options) } as const;
      return changeChosen({ names, options, verb, command, program, terminal });
    });
}
