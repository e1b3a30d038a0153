import type { Command } from "commander";
import { formatExamples } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addChoice, settleChosen, type SettleOptions } from "./settle.ts";

interface EndOptions extends SettleOptions {
  readonly reason?: string;
}

/** A verb that gives steps up for a reason, and cannot be undone. */
interface EndingVerb {
  readonly kind: "skip" | "discard";
  readonly description: string;
  /** A reason, as an example. */
  readonly reason: string;
}

/** `perdure dead-letters skip`: lets events and commands go. */
export const addSkip = createAdd({
  kind: "skip",
  description:
    "Let events and commands go as if they had been handled without a handler. Their instances go on, and what was parked follows. This cannot be undone, so it asks.",
  reason: "printed by hand",
});

/** `perdure dead-letters discard`: gives steps up. */
export const addDiscard = createAdd({
  kind: "discard",
  description: "Give steps up: their instances end as failed, and what was parked is dropped. This cannot be undone, so it asks.",
  reason: "refunded by hand",
});

function createAdd({ kind, description, reason }: EndingVerb) {
  return (group: Command, program: Command, terminal: Terminal): void => {
    addChoice(group.command(kind))
      .description(description)
      .option("--reason <text>", "why, for the journal")
      .addHelpText(
        "after",
        formatExamples([
          [`perdure dead-letters ${kind} 01a20d95-53fd-8001-a37c-91cba30d8138 --reason "${reason}"`, "one letter"],
          [`perdure dead-letters ${kind} --aggregate order-1 --yes`, "all of an order, without being asked"],
        ]),
      )
      .action((ids: readonly string[], options: EndOptions, command: Command) =>
        settleChosen({
          ids,
          options,
          settlement: { kind, reason: options.reason ?? null, by: nameAsker(options) },
          asks: true,
          command,
          program,
          terminal,
        }),
      );
  };
}
