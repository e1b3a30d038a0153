import type { Command } from "commander";
import { formatExamples } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addChoice, settleChosen, type SettleOptions } from "./settle.ts";

/** `perdure dead-letters retry`: puts steps back to where they failed. */
export function addRetry(group: Command, program: Command, terminal: Terminal): void {
  addChoice(group.command("retry"))
    .description("Put steps back to where they failed, with all their attempts. Their instances go on, and what was parked follows.")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure dead-letters retry 01a20d95-53fd-8001-a37c-91cba30d8138", "one letter"],
        ["perdure dead-letters retry --process order-lifecycle --dry-run", "which would be retried?"],
        ["perdure dead-letters retry --all --yes", "all that are open"],
      ]),
    )
    .action((ids: readonly string[], options: SettleOptions, command: Command) =>
      settleChosen({
        ids,
        options,
        settlement: { kind: "retry", by: nameAsker(options) },
        asks: ids.length === 0,
        command,
        program,
        terminal,
      }),
    );
}
