import type { Command } from "commander";
import { checkOpen } from "../../runtime/commit/settle-letter.ts";
import type { Settlement } from "../../store/intervention.ts";
import type { Desk } from "../project/desk.ts";
import { addCare, agree, type CareOptions, type Outcome, printOutcomes, tryOne } from "../project/interventions.ts";
import { useDesk } from "../project/use-desk.ts";
import type { GlobalOptions } from "../project/project.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addFilter, type LetterFilter, readFilter } from "./filter.ts";

/** Which dead letters are to be settled, and how carefully. */
export interface SettleOptions extends LetterFilter, CareOptions {
  readonly all?: boolean;
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

export function addChoice(command: Command): Command {
  return addCare(
    addFilter(command.argument("[ids...]", "the letters, as `dead-letters list` has them")).option("--all", "every open letter"),
  );
}

/** Settles the letters that were named, or the open ones that match, oldest first; one that is refused does not keep the others. */
export async function settleChosen(call: SettleCall): Promise<void> {
  const { ids, options, settlement, asks, command, program, terminal } = call;
  const isFiltered = options.all ?? [options.process, options.aggregate, options.instance].some((field) => field !== undefined);
  if (ids.length > 0 === isFiltered) {
    command.error("error: name the letters, or choose them with --all, --process, --aggregate or --instance");
  }
  await useDesk(program.opts<GlobalOptions>(), async (desk) => {
    const chosen = ids.length > 0 ? ids : await listOpen(options, desk);
    if (asks && chosen.length > 0 && options.dryRun !== true) {
      await agree(`${settlement.kind} ${chosen.length === 1 ? "1 dead letter" : `${chosen.length} dead letters`}`, options, terminal);
    }
    printOutcomes(await settleEach(chosen, call, desk), pastOf[settlement.kind], options, terminal);
    if (chosen.length === 0) terminal.note("No open dead letter matches.");
  });
}

async function listOpen(options: SettleOptions, desk: Desk): Promise<readonly string[]> {
  const open = await desk.deadLetters.list({ ...(await readFilter(options, desk)), limit: Number.MAX_SAFE_INTEGER });
  return open.map(({ id }) => id);
}

async function settleEach(chosen: readonly string[], call: SettleCall, desk: Desk): Promise<readonly Outcome[]> {
  const { options, settlement, ids, terminal } = call;
  const outcomes: Outcome[] = [];
  for (const id of chosen) {
    if (terminal.isLive && chosen.length > 1) terminal.overwrite(`${outcomes.length} of ${chosen.length}`);
    // If one letter was named, its error says more than a list of outcomes, and has an exit code of its own.
    outcomes.push(
      await tryOne(id, ids.length === 1, async () =>
        options.dryRun ? plan(id, desk) : desk.intervene({ ...settlement, deadLetterId: id }),
      ),
    );
  }
  if (terminal.isLive && chosen.length > 1) terminal.overwrite("");
  return outcomes;
}

async function plan(id: string, { deadLetters }: Desk): Promise<"planned"> {
  checkOpen(await deadLetters.get(id), id);
  return "planned";
}

const pastOf = { retry: "retried", skip: "skipped", discard: "discarded" } as const;
