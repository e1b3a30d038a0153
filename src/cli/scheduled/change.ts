import type { Command } from "commander";
import { countOf } from "../../platform/count-of.ts";
import { ProcessError } from "../../errors.ts";
import { refuseUnscheduled } from "../../runtime/commit/change-scheduled.ts";
import type { CommandVerb } from "../../store/intervention.ts";
import type { Desk, InterventionOutcome } from "../project/desk.ts";
import type { GlobalOptions } from "../project/project.ts";
import { useDesk } from "../project/use-desk.ts";
import { readByOption } from "../terminal/asker.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addFilter, type CommandFilter, readFilter } from "./filter.ts";

/** Which commands are to be changed, and how carefully. */
export interface ChangeOptions extends CommandFilter {
  readonly all?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** One call of `cancel` or `reschedule`. */
export interface ChangeCall {
  readonly ids: readonly string[];
  readonly options: ChangeOptions;
  readonly verb: CommandVerb;
  readonly command: Command;
  readonly program: Command;
  readonly terminal: Terminal;
}

/** What became of one command. `left`: the next worker does it. */
interface Outcome {
  readonly id: string;
  readonly outcome: InterventionOutcome | "planned" | "refused";
  readonly reason?: string;
}

export function addChoice(command: Command): Command {
  return addFilter(command.argument("[ids...]", "the commands, as `scheduled list` has them"))
    .option("--all", "every command that is not due yet")
    .option("--reason <text>", "why, for the journal")
    .option("--by <name>", "who asks, for the journal (default: the user of the operating system)", readByOption)
    .option("--dry-run", "only say which it would be")
    .option("--yes", "do it without asking")
    .option("--json", "print JSON");
}

/** Changes the commands that were named, or those that match, soonest first; one that is refused does not keep the others. */
export async function changeChosen(call: ChangeCall): Promise<void> {
  const { ids, options, command, program, terminal } = call;
  const { all, process, aggregate, instance, type } = options;
  const isFiltered = all ?? [process, aggregate, instance, type].some((field) => field !== undefined);
  if (ids.length > 0 === isFiltered) {
    command.error("error: name the commands, or choose them with --all, --process, --aggregate, --instance or --type");
  }
  await useDesk(program.opts<GlobalOptions>(), async (desk) => {
    const chosen = ids.length > 0 ? ids : await listChosen(options, desk);
    if (chosen.length > 0 && options.dryRun !== true && ids.length === 0) await agree(call, chosen.length);
    const outcomes: Outcome[] = [];
    for (const id of chosen) outcomes.push(await changeOne(id, call, desk, ids.length === 1));
    printOutcomes(outcomes, call);
    if (chosen.length === 0) terminal.note("No command that waits for its moment matches.");
  });
}

async function listChosen(options: ChangeOptions, desk: Desk): Promise<readonly string[]> {
  const found = await desk.scheduled.list({ ...(await readFilter(options, desk)), limit: Number.MAX_SAFE_INTEGER });
  return found.map(({ commandId }) => commandId);
}

async function agree({ verb, options, terminal }: ChangeCall, count: number): Promise<void> {
  if (options.yes) return;
  const what = `${verb.kind === "cancel-command" ? "cancel" : "reschedule"} ${countOf(count, "command")}`;
  if (await terminal.confirm(`This will ${what}. Go on?`)) return;
  throw new CliError(
    exitCodes.refused,
    `it was not agreed to ${what}`,
    "Nothing was done. Add --yes to do it without being asked, or --dry-run to see which.",
  );
}

async function changeOne(id: string, { verb, options }: ChangeCall, desk: Desk, throws: boolean): Promise<Outcome> {
  try {
    const processId = await desk.findCommand(id);
    if (processId === undefined) throw refuseUnscheduled(id);
    return { id, outcome: options.dryRun ? "planned" : await desk.intervene({ ...verb, commandId: id, processId }) };
  } catch (error) {
    if (throws || !ProcessError.is(error)) throw error;
    return { id, outcome: "refused", reason: error.problem };
  }
}

const pastOf = { "cancel-command": "cancelled", "reschedule-command": "rescheduled" } as const;
const before = { done: "", left: "to be ", planned: "would be " } as const;

function printOutcomes(outcomes: readonly Outcome[], { verb, options, terminal }: ChangeCall): void {
  if (options.json) terminal.printJson({ items: outcomes });
  else {
    for (const { id, outcome, reason } of outcomes) {
      terminal.print(outcome === "refused" ? `${id}  refused: ${reason}` : `${id}  ${before[outcome]}${pastOf[verb.kind]}`);
    }
  }
  if (outcomes.some(({ outcome }) => outcome === "left"))
    terminal.note("No worker runs; it is carried out when one starts (`perdure start`).");
  if (outcomes.some(({ outcome }) => outcome === "refused")) process.exitCode = exitCodes.failure;
}
