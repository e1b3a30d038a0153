import type { Command } from "commander";
import { ProcessError } from "../../errors.ts";
import { countOf } from "../../platform/count-of.ts";
import type { InstanceVerb } from "../../store/intervention.ts";
import type { Desk, InterventionOutcome } from "../project/desk.ts";
import { findProcessWithInstances } from "../project/find-process.ts";
import type { GlobalOptions } from "../project/project.ts";
import { useDesk } from "../project/use-desk.ts";
import { readByOption } from "../terminal/asker.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addChoice, type InstanceChoice, isFiltered, listChosen } from "./filter.ts";

/** Which instances are to be changed, and how carefully. */
export interface ChangeOptions extends InstanceChoice {
  readonly all?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
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

/** What became of one instance. `left`: the next worker does it. */
interface Outcome {
  readonly id: string;
  readonly outcome: InterventionOutcome | "planned" | "refused";
  readonly reason?: string;
}

export function addInstances(command: Command): Command {
  return addChoice(command.argument("[instances...]", "the instances by their process ids, or a process together with an aggregate"))
    .option("--all", "every open instance")
    .option("--reason <text>", "why, for the journal")
    .option("--by <name>", "who asks, for the journal (default: the user of the operating system)", readByOption)
    .option("--dry-run", "only say which it would be")
    .option("--yes", "do it without asking")
    .option("--json", "print JSON");
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
    if (chosen.length > 0 && options.dryRun !== true && names.length === 0) await agree(call, chosen.length);
    const outcomes: Outcome[] = [];
    for (const id of chosen) outcomes.push(await changeOne(id, call, desk, chosen.length === 1 && names.length > 0));
    printOutcomes(outcomes, call);
    if (chosen.length === 0) terminal.note("No open instance matches that could be changed so.");
  });
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
  "cancel-instance": { verb: "cancel", past: "cancelled" },
  "suspend-instance": { verb: "suspend", past: "suspended" },
  "resume-instance": { verb: "resume", past: "resumed" },
  "reschedule-instance": { verb: "reschedule", past: "rescheduled" },
} as const;

async function agree({ verb, options, terminal }: ChangeCall, count: number): Promise<void> {
  if (options.yes) return;
  const what = `${words[verb.kind].verb} ${countOf(count, "instance")}`;
  if (await terminal.confirm(`This will ${what}. Go on?`)) return;
  throw new CliError(
    exitCodes.refused,
    `it was not agreed to ${what}`,
    "Nothing was done. Add --yes to do it without being asked, or --dry-run to see which.",
  );
}

async function changeOne(processId: string, { verb, options }: ChangeCall, desk: Desk, throws: boolean): Promise<Outcome> {
  try {
    return { id: processId, outcome: options.dryRun ? "planned" : await desk.intervene({ ...verb, processId }) };
  } catch (error) {
    if (throws || !ProcessError.is(error)) throw error;
    return { id: processId, outcome: "refused", reason: error.problem };
  }
}

const before = { done: "", left: "to be ", planned: "would be " } as const;

function printOutcomes(outcomes: readonly Outcome[], { verb, options, terminal }: ChangeCall): void {
  if (options.json) terminal.printJson({ items: outcomes });
  else {
    for (const { id, outcome, reason } of outcomes) {
      terminal.print(outcome === "refused" ? `${id}  refused: ${reason}` : `${id}  ${before[outcome]}${words[verb.kind].past}`);
    }
  }
  if (outcomes.some(({ outcome }) => outcome === "left"))
    terminal.note("No worker runs; it is carried out when one starts (`perdure start`).");
  if (outcomes.some(({ outcome }) => outcome === "refused")) process.exitCode = exitCodes.failure;
}
