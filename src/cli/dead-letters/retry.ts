import type { Command } from "commander";
import { stringifyExactly } from "../../platform/json.ts";
import { formatExamples, type GivenJsonOrFile, openGivenJson, readJsonOrPath } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addChoice, settleChosen, type SettleOptions } from "./settle.ts";

interface RetryOptions extends SettleOptions {
  readonly payload?: GivenJsonOrFile;
}

/** `perdure dead-letters retry`: puts steps back to where they failed. */
export function addRetry(group: Command, program: Command, terminal: Terminal): void {
  addChoice(group.command("retry"))
    .description("Put steps back to where they failed, with all their attempts. Their instances go on, and what was parked follows.")
    .option(
      "--payload <json>",
      "what the step of one letter is to have instead of its payload, or @<path> of a file that has it",
      readJsonOrPath,
    )
    .addHelpText(
      "after",
      formatExamples([
        ["perdure dead-letters retry 01a20d95-53fd-8001-a37c-91cba30d8138", "one letter"],
        [`perdure dead-letters retry 01a20d95-53fd-8001-a37c-91cba30d8138 --payload '{"email":"ada@example.org"}'`, "with another payload"],
        ["perdure dead-letters retry --process order-lifecycle --dry-run", "which would be retried?"],
        ["perdure dead-letters retry --all --yes", "all that are open"],
      ]),
    )
    .action(async (ids: readonly string[], options: RetryOptions, command: Command) => {
      const { payload } = options;
      if (payload !== undefined && ids.length !== 1) command.error("error: --payload is for one letter: name it");
      const edited = payload === undefined ? {} : { payload: stringifyExactly(openGivenJson(payload)) };
      const settlement = { kind: "retry", by: nameAsker(options), ...edited } as const;
      await settleChosen({ ids, options, settlement, asks: ids.length === 0, command, program, terminal });
    });
}
