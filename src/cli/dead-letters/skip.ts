import type { Command } from "commander";
import { formatExamples } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addChoice, settleChosen, type SettleOptions } from "./settle.ts";

interface SkipOptions extends SettleOptions {
  readonly reason?: string;
}

/** `perdure dead-letters skip`: lets events and commands go. */
export function addSkip(group: Command, program: Command, terminal: Terminal): void {
  addChoice(group.command("skip"))
    .description(
      "Let events and commands go as if they had been handled without a handler. Their instances go on, and what was parked follows. This cannot be undone, so it asks.",
    )
    .option("--reason <text>", "why, for the journal")
    .addHelpText(
      "after",
      formatExamples([
        [`perdure dead-letters skip 01a20d95-53fd-8001-a37c-91cba30d8138 --reason "printed by hand"`, "one letter"],
        ["perdure dead-letters skip --aggregate order-1 --yes", "all of an order, without being asked"],
      ]),
    )
    .action((ids: readonly string[], options: SkipOptions, command: Command) =>
      settleChosen({
        ids,
        options,
        settlement: { kind: "skip", reason: options.reason ?? null, by: nameAsker(options) },
        asks: true,
        command,
        program,
        terminal,
      }),
    );
}
