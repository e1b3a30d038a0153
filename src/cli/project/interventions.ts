import type { Command } from "commander";
import { ProcessError } from "../../errors.ts";
import { readByOption } from "../terminal/asker.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { InterventionOutcome } from "./desk.ts";

/** Who asks for an intervention, how carefully, and how it is told what became of it. */
export interface CareOptions {
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What became of one thing that an intervention is for. `left`: the next worker does it. */
export interface Outcome {
  readonly id: string;
  readonly outcome: InterventionOutcome | "planned" | "refused";
  readonly reason?: string;
}

export function addCare(command: Command): Command {
  return command
    .option("--by <name>", "who asks, for the journal (default: the user of the operating system)", readByOption)
    .option("--dry-run", "only say which it would be")
    .option("--yes", "do it without asking")
    .option("--json", "print JSON");
}

/** Asks whether to do `what`, unless --yes says so. @throws CliError if it was not agreed */
export async function agree(what: string, { yes }: CareOptions, terminal: Terminal): Promise<void> {
  if (yes || (await terminal.confirm(`This will ${what}. Go on?`))) return;
  throw new CliError(
    exitCodes.refused,
    `it was not agreed to ${what}`,
    "Nothing was done. Add --yes to do it without being asked, or --dry-run to see which.",
  );
}

/** Carries one intervention out. A refusal is an outcome, unless it `throws`, because its error says more than a list of outcomes. */
export async function tryOne(id: string, throws: boolean, carryOut: () => Promise<Outcome["outcome"]>): Promise<Outcome> {
  try {
    return { id, outcome: await carryOut() };
  } catch (error) {
    if (throws || !ProcessError.is(error)) throw error;
    return { id, outcome: "refused", reason: error.problem };
  }
}

const before = { done: "", left: "to be ", planned: "would be " } as const;

/** `past` says what was done, such as `cancelled`. */
export function printOutcomes(outcomes: readonly Outcome[], past: string, { json }: CareOptions, terminal: Terminal): void {
  if (json) terminal.printJson({ items: outcomes });
  else {
    for (const { id, outcome, reason } of outcomes) {
      terminal.print(outcome === "refused" ? `${id}  refused: ${reason}` : `${id}  ${before[outcome]}${past}`);
    }
  }
  if (outcomes.some(({ outcome }) => outcome === "left"))
    terminal.note("No worker runs; it is carried out when one starts (`perdure start`).");
  if (outcomes.some(({ outcome }) => outcome === "refused")) process.exitCode = exitCodes.failure;
}
