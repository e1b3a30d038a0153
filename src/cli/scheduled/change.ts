import type { Command } from "commander";
import { countOf } from "../../platform/count-of.ts";
import { refuseUnscheduled } from "../../runtime/commit/change-scheduled.ts";
import type { CommandVerb } from "../../store/intervention.ts";
import type { Desk } from "../project/desk.ts";
import { addCare, agree, type CareOptions, type Outcome, printOutcomes, tryOne } from "../project/interventions.ts";
import type { GlobalOptions } from "../project/project.ts";
import { useDesk } from "../project/use-desk.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addFilter, type CommandFilter, readFilter } from "./filter.ts";

/** Which commands are to be changed, and how carefully. */
export interface ChangeOptions extends CommandFilter, CareOptions {
  readonly all?: boolean;
  readonly reason?: string;
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

export function addChoice(command: Command): Command {
  return addCare(
    addFilter(command.argument("[ids...]", "the commands, as `scheduled list` has them"))
      .option("--all", "every command that is not due yet")
      .option("--reason <text>", "why, for the journal"),
  );
}

/** Changes the commands that were named, or those that match, soonest first; one that is refused does not keep the others. */
export async function changeChosen(call: ChangeCall): Promise<void> {
  const { ids, options, verb, command, program, terminal } = call;
  const { all, process, aggregate, instance, type } = options;
  const isFiltered = all ?? [process, aggregate, instance, type].some((field) => field !== undefined);
  if (ids.length > 0 === isFiltered) {
    command.error("error: name the commands, or choose them with --all, --process, --aggregate, --instance or --type");
  }
  await useDesk(program.opts<GlobalOptions>(), async (desk) => {
    const chosen = ids.length > 0 ? ids : await listChosen(options, desk);
    const { infinitive, past } = words[verb.kind];
    if (chosen.length > 0 && options.dryRun !== true && ids.length === 0) {
      await agree(`${infinitive} ${countOf(chosen.length, "command")}`, options, terminal);
    }
    const outcomes: Outcome[] = [];
    for (const id of chosen) outcomes.push(await tryOne(id, ids.length === 1, () => changeOne(id, call, desk)));
    printOutcomes(outcomes, past, options, terminal);
    if (chosen.length === 0) terminal.note("No command that waits for its moment matches.");
  });
}

async function listChosen(options: ChangeOptions, desk: Desk): Promise<readonly string[]> {
  const found = await desk.scheduled.list({ ...(await readFilter(options, desk)), limit: Number.MAX_SAFE_INTEGER });
  return found.map(({ commandId }) => commandId);
}

async function changeOne(commandId: string, { verb, options }: ChangeCall, desk: Desk): Promise<Outcome["outcome"]> {
  const processId = await desk.findCommand(commandId);
  if (processId === undefined) throw refuseUnscheduled(commandId);
  return options.dryRun ? "planned" : desk.intervene({ ...verb, commandId, processId });
}

const words = {
  "cancel-command": { infinitive: "cancel", past: "cancelled" },
  "reschedule-command": { infinitive: "reschedule", past: "rescheduled" },
} as const;
