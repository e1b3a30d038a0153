import type { Command } from "commander";
import { addInstances, changeChosen, type ChangeOptions } from "../instances/change.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** `perdure resume`: lets suspended instances go on. */
export function addResume(program: Command, terminal: Terminal): void {
  addInstances(program.command("resume"))
    .summary("let suspended instances go on")
    .description("Let suspended instances go on: what was parked follows in order, and what fell due meanwhile is due since then.")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure resume order-lifecycle order-1", "the newest instance of an order"],
        ["perdure resume --all --yes", "everything that is suspended"],
      ]),
    )
    .action((names: readonly string[], options: ChangeOptions, command: Command) => {
      const verb = { kind: "resume-instance", reason: options.reason ?? null, by: nameAsker(options) } as const;
      return changeChosen({ names, options, verb, command, program, terminal });
    });
}
