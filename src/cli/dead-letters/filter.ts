import type { Command } from "commander";
import type { DeadLetterBulkFilter } from "../../observe/dead-letters.ts";
import type { Desk } from "../project/desk.ts";
import { findOwner } from "../project/find-process.ts";

/** The options that choose dead letters. */
export interface LetterFilter {
  readonly process?: string;
  readonly aggregate?: string;
  readonly instance?: string;
}

export function addFilter(command: Command): Command {
  return command
    .option("--process <process>", "only of this process or policy")
    .option("--aggregate <aggregateId>", "only of this aggregate")
    .option("--instance <processId>", "only of this instance");
}

/** @throws CliError when there is no such process and no such policy */
export async function readFilter({ process, aggregate, instance }: LetterFilter, desk: Desk): Promise<DeadLetterBulkFilter> {
  return {
    ...(process !== undefined && { process: await findOwner(process, desk) }),
    ...(aggregate !== undefined && { aggregateId: aggregate }),
    ...(instance !== undefined && { processId: instance }),
  };
}
