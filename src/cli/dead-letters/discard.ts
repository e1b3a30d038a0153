import type { Command } from "commander";
import { formatExamples } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addChoice, settleChosen, type SettleOptions } from "./settle.ts";

interface DiscardOptions extends SettleOptions {
  readonly reason?: string;
}

/** `perdure dead-letters discard`: gives steps up. */
export function addDiscard(group: Command, program: Command, terminal: Terminal): void {
  addChoice(group.command("discard"))
    .description("Give steps up: their instances end as failed, and what was parked is dropped. This cannot be undone, so it asks.")
    .option("--reason <text>", "why, for the journal")
    .addHelpText(
      "after",
      formatExamples([
        [`perdure dead-letters discard 01a20d95-53fd-8001-a37c-91cba30d8138 --reason "refunded by hand"`, "one letter"],
        ["perdure dead-letters discard --aggregate order-1 --yes", "all of an order, without being asked"],
      ]),
    )
    .action((ids: readonly string[], options: DiscardOptions, command: Command) =>
      settleChosen({
        ids,
        options,
        settlement: { kind: "discard", reason: options.reason ?? null, by: nameAsker(options) },
        asks: true,
        command,
        program,
        terminal,
      }),
    );
}
