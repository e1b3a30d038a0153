import type { Command } from "commander";
import type { DeadLetterBulkFilter } from "../../observe/dead-letters.ts";
import type { Desk } from "../project/desk.ts";
import { findProcess } from "../project/find-process.ts";

/** The options that choose dead letters. */
export interface LetterFilter {
  readonly process?: string;
  readonly aggregate?: string;
  readonly instance?: string;
}

export function addFilter(command: Command): Command {
  return command
    .option("--process <process>", "only of this process")
    .option("--aggregate <aggregateId>", "only of this aggregate")
    .option("--instance <processId>", "only of this instance");
}

/** @throws CliError when there is no such process */
export function readFilter({ process, aggregate, instance }: LetterFilter, { knownProcesses }: Desk): DeadLetterBulkFilter {
  return {
    ...(process !== undefined && { process: findProcess(process, knownProcesses, "process with instances") }),
    ...(aggregate !== undefined && { aggregateId: aggregate }),
    ...(instance !== undefined && { processId: instance }),
  };
}
