import type { Command } from "commander";
import type { ScheduledFilter } from "../../store/commands.ts";
import type { Desk } from "../project/desk.ts";
import { findOwner } from "../project/find-process.ts";

/** The options that choose commands. */
export interface CommandFilter {
  readonly process?: string;
  readonly aggregate?: string;
  readonly instance?: string;
  readonly type?: string;
}

export function addFilter(command: Command): Command {
  return command
    .option("--process <process>", "only of this process or policy")
    .option("--aggregate <aggregateId>", "only for this aggregate")
    .option("--instance <processId>", "only of this instance")
    .option("--type <command>", "only of this name, such as sendReminder");
}

/** @throws CliError when there is no such process and no such policy */
export async function readFilter({ process, aggregate, instance, type }: CommandFilter, desk: Desk): Promise<ScheduledFilter> {
  return {
    ...(process !== undefined && { process: await findOwner(process, desk) }),
    ...(aggregate !== undefined && { aggregateId: aggregate }),
    ...(instance !== undefined && { processId: instance }),
    ...(type !== undefined && { type }),
  };
}
