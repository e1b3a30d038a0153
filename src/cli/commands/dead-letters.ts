import type { Command } from "commander";
import { addDiscard, addSkip } from "../dead-letters/end-letters.ts";
import { addLettersList } from "../dead-letters/list.ts";
import { addRetry } from "../dead-letters/retry.ts";
import { addLetterShow } from "../dead-letters/show.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** `perdure dead-letters`: looks at the steps that failed for good, and settles them. */
export function addDeadLetters(program: Command, terminal: Terminal): void {
  const group = program
    .command("dead-letters")
    .summary("list, show, retry, skip and discard dead letters")
    .description("Look at the steps that failed for good, and settle them.");
  for (const add of [addLettersList, addLetterShow, addRetry, addSkip, addDiscard]) add(group, program, terminal);
}
