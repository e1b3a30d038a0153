import type { Command } from "commander";
import { countOf } from "../../platform/count-of.ts";
import { refuseUnknownInstance } from "../../runtime/commit/change-instance.ts";
import type { InstanceVerb } from "../../store/intervention.ts";
import type { Desk } from "../project/desk.ts";
import { findProcessWithInstances } from "../project/find-process.ts";
import { addCare, agree, type CareOptions, type Outcome, printOutcomes, tryOne } from "../project/interventions.ts";
import type { GlobalOptions } from "../project/project.ts";
import { useDesk } from "../project/use-desk.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addChoice, type InstanceChoice, isFiltered, listChosen } from "./filter.ts";

/** Which instances are to be changed, and how carefully. */
export interface ChangeOptions extends InstanceChoice, CareOptions {
  readonly all?: boolean;
  readonly reason?: string;
}

/** One call of `cancel`, `suspend`, `resume` or `reschedule`. */
export interface ChangeCall {
  readonly names: readonly string[];
  readonly options: ChangeOptions;
  readonly verb: InstanceVerb;
  readonly command: Command;
  readonly program: Command;
  readonly terminal: Terminal;
}

export function addInstances(command: Command): Command {
  return addCare(
    addChoice(command.argument("[instances...]", "the instances by their process ids, or a process together with an aggregate"))
      .option("--all", "every open instance")
      .option("--reason <text>", "why, for the journal"),
  );
}

/** Changes the instances that were named, or those that match, oldest first; one that is refused does not keep the others. */
export async function changeChosen(call: ChangeCall): Promise<void> {
  const { names, options, verb, command, program, terminal } = call;
  const isChosen = options.all ?? isFiltered(options);
  if (names.length > 0 === isChosen) {
    command.error("error: name the instances, or choose them with --all, --process, --aggregate, --state or --where");
  }
  await useDesk(program.opts<GlobalOptions>(), async (desk) => {
    const chosen =
      names.length > 0 ? await readNames(names, desk) : (await listChosen(options, verb.kind, desk)).map(({ processId }) => processId);
    const { infinitive, past } = words[verb.kind];
    if (chosen.length > 0 && options.dryRun !== true && names.length === 0) {
      await agree(`${infinitive} ${countOf(chosen.length, "instance")}`, options, terminal);
    }
    const throws = chosen.length === 1 && names.length > 0;
    const outcomes: Outcome[] = [];
    for (const processId of chosen) {
      outcomes.push(await tryOne(processId, throws, () => changeOne(processId, call, desk)));
    }
    printOutcomes(outcomes, past, options, terminal);
    if (chosen.length === 0) terminal.note("No open instance matches that could be changed so.");
  });
}

async function changeOne(processId: string, { options, verb }: ChangeCall, desk: Desk): Promise<Outcome["outcome"]> {
  if (options.dryRun !== true) return desk.intervene({ ...verb, processId });
  if ((await desk.processes.get(processId)) === undefined) throw refuseUnknownInstance(processId);
  return "planned";
}

/** Two names may be a process and an aggregate, whose newest instance is meant then. @throws CliError if there is none */
async function readNames(names: readonly string[], desk: Desk): Promise<readonly string[]> {
  const [name, aggregateId, ...others] = names;
  if (aggregateId === undefined || others.length > 0 || (await desk.processes.get(name!)) !== undefined) return names;
  const process = await findProcessWithInstances(name!, desk);
  const [newest] = await desk.processes.find({ process, aggregateId, limit: 1 });
  if (newest !== undefined) return [newest.processId];
  throw new CliError(
    exitCodes.notFound,
    `no instance of ${process} has the aggregate "${aggregateId}"`,
    `\`perdure list --process ${process}\` lists its instances.`,
  );
}

const words = {
  "cancel-instance": { infinitive: "cancel", past: "cancelled" },
  "suspend-instance": { infinitive: "suspend", past: "suspended" },
  "resume-instance": { infinitive: "resume", past: "resumed" },
  "reschedule-instance": { infinitive: "reschedule", past: "rescheduled" },
} as const;
