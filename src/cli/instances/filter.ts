import type { Command } from "commander";
import { openStatuses, type ProcessInstance, type StateValue } from "../../definition/model/instance.ts";
import { canChange } from "../../observe/instance-verbs.ts";
import type { ProcessFilter } from "../../observe/processes.ts";
import type { IndexedValue } from "../../store/context-index.ts";
import type { InstanceVerb } from "../../store/intervention.ts";
import type { Desk } from "../project/desk.ts";
import { findProcessWithInstances } from "../project/find-process.ts";
import { readState, readWhere } from "../terminal/arguments.ts";

/** The options that choose open instances. */
export interface InstanceChoice {
  readonly process?: string;
  readonly aggregate?: string;
  readonly state?: StateValue;
  readonly where?: Readonly<Record<string, IndexedValue>>;
}

export function addChoice(command: Command): Command {
  return command
    .option("--process <process>", "only of this process")
    .option("--aggregate <aggregateId>", "only of this aggregate")
    .option("--state <state>", "only in this state of their chart, such as paying.card", readState)
    .option("--where <key=value>", "only with this value in the context, of a key in the index of --process; may be repeated", readWhere);
}

export function isFiltered({ process, aggregate, state, where }: InstanceChoice): boolean {
  return [process, aggregate, state, where].some((field) => field !== undefined);
}

/** Which rows are read at once. */
const PAGE = 1_000;

/** The open instances that match and that a verb can change, oldest first. @throws CliError when there is no such process */
export async function listChosen(choice: InstanceChoice, verb: InstanceVerb["kind"], desk: Desk): Promise<readonly ProcessInstance[]> {
  const { process, aggregate, state, where } = choice;
  const filter: ProcessFilter = {
    ...(process !== undefined && { process: await findProcessWithInstances(process, desk) }),
    ...(aggregate !== undefined && { aggregateId: aggregate }),
    ...(state !== undefined && { state }),
    ...(where !== undefined && { where }),
  };
  const found: ProcessInstance[] = [];
  for (const status of openStatuses) {
    for (let cursor: string | undefined, isLast = false; !isLast;) {
      const page = await desk.processes.find({ ...filter, status, limit: PAGE, ...(cursor !== undefined && { cursor }) });
      found.push(...page);
      cursor = page.nextCursor;
      isLast = cursor === undefined;
    }
  }
  return found
    .filter((instance) => instance.endedAt === undefined && canChange(verb, instance))
    .toSorted((one, other) => one.startedAt.getTime() - other.startedAt.getTime());
}
