import type { Command } from "commander";
import { ProcessError } from "../../errors.ts";
import type { Settlement } from "../../store/intervention.ts";
import type { Desk } from "../project/desk.ts";
import { useDesk } from "../project/use-desk.ts";
import { readByOption } from "../terminal/asker.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { GlobalOptions } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addFilter, type LetterFilter, readFilter } from "./filter.ts";

/** Which dead letters are to be settled, and how carefully. */
export interface SettleOptions extends LetterFilter {
  readonly all?: boolean;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** One call of `retry`, `skip` or `discard`. */
export interface SettleCall {
  readonly ids: readonly string[];
  readonly options: SettleOptions;
  readonly settlement: Settlement;
  /** Whether it is done only when somebody has agreed. */
  readonly asks: boolean;
  readonly command: Command;
  readonly program: Command;
  readonly terminal: Terminal;
}

/** What became of one letter. `left`: the next worker does it. */
interface Outcome {
  readonly id: string;
  readonly outcome: "planned" | "done" | "left" | "refused";
  readonly reason?: string;
}

export function addChoice(command: Command): Command {
  return addFilter(command.argument("[ids...]", "the letters, as `dead-letters list` has them"))
    .option("--all", "every open letter")
    .option("--by <name>", "who asks, for the journal (default: the user of the operating system)", readByOption)
    .option("--dry-run", "only say which it would be")
    .option("--yes", "do it without asking")
    .option("--json", "print JSON");
}

/** Settles the letters that were named, or the open ones that match, oldest first; one that is refused does not keep the others. */
export async function settleChosen(call: SettleCall): Promise<void> {
  const { ids, options, command, program, terminal } = call;
  const isFiltered = options.all ?? [options.process, options.aggregate, options.instance].some((field) => field !== undefined);
  if (ids.length > 0 === isFiltered) {
    command.error("error: name the letters, or choose them with --all, --process, --aggregate or --instance");
  }
  await useDesk(program.opts<GlobalOptions>(), async (desk) => {
    const chosen = ids.length > 0 ? ids : await listOpen(options, desk);
    if (chosen.length > 0 && options.dryRun !== true) await agree(call, chosen);
    printOutcomes(await settleEach(chosen, call, desk), call);
    if (chosen.length === 0) terminal.note("No open dead letter matches.");
  });
}

async function listOpen(options: SettleOptions, desk: Desk): Promise<readonly string[]> {
  const open = await desk.deadLetters.list({ ...(await readFilter(options, desk)), limit: Number.MAX_SAFE_INTEGER });
  return open.map(({ id }) => id);
}

async function agree({ settlement, asks, options, terminal }: SettleCall, chosen: readonly string[]): Promise<void> {
  if (!asks || options.yes) return;
  const what = `${settlement.kind} ${chosen.length === 1 ? "1 dead letter" : `${chosen.length} dead letters`}`;
  if (await terminal.confirm(`This will ${what}. Go on?`)) return;
  throw new CliError(
    exitCodes.refused,
    `it was not agreed to ${what}`,
    "Nothing was done. Add --yes to do it without being asked, or --dry-run to see which.",
  );
}

async function settleEach(chosen: readonly string[], call: SettleCall, desk: Desk): Promise<readonly Outcome[]> {
  const { options, ids, terminal } = call;
  const outcomes: Outcome[] = [];
  for (const id of chosen) {
    if (terminal.isLive && chosen.length > 1) terminal.overwrite(`${outcomes.length} of ${chosen.length}`);
    // If one letter was named, its error says more than a list of outcomes, and has an exit code of its own.
    outcomes.push(await (options.dryRun ? plan(id, desk) : settleOne(id, call, desk, ids.length === 1)));
  }
  if (terminal.isLive && chosen.length > 1) terminal.overwrite("");
  return outcomes;
}

async function plan(id: string, { deadLetters }: Desk): Promise<Outcome> {
  const letter = await deadLetters.get(id);
  const status = letter?.status;
  if (status === "open") return { id, outcome: "planned" };
  return { id, outcome: "refused", reason: status === undefined ? "there is no such dead letter" : `it was ${status} before` };
}

async function settleOne(id: string, { settlement }: SettleCall, desk: Desk, throws: boolean): Promise<Outcome> {
  try {
    return { id, outcome: await desk.intervene({ ...settlement, deadLetterId: id }) };
  } catch (error) {
    if (throws || !ProcessError.is(error)) throw error;
    return { id, outcome: "refused", reason: error.problem };
  }
}

const pastOf = { retry: "retried", skip: "skipped", discard: "discarded" } as const;
const before = { done: "", left: "to be ", planned: "would be " } as const;

function printOutcomes(outcomes: readonly Outcome[], { settlement, options, terminal }: SettleCall): void {
  const past = pastOf[settlement.kind];
  if (options.json) terminal.printJson({ items: outcomes });
  else {
    for (const { id, outcome, reason } of outcomes) {
      terminal.print(outcome === "refused" ? `${id}  refused: ${reason}` : `${id}  ${before[outcome]}${past}`);
    }
  }
  if (outcomes.some(({ outcome }) => outcome === "left"))
    terminal.note("No worker runs; it is carried out when one starts (`perdure start`).");
  if (outcomes.some(({ outcome }) => outcome === "refused")) process.exitCode = exitCodes.failure;
}
