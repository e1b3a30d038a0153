import type { Command } from "commander";
import { addInstances, changeChosen, type ChangeOptions } from "../instances/change.ts";
import { formatExamples, readTo } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface RescheduleOptions extends ChangeOptions {
  readonly to: number;
}

/** `perdure reschedule`: moves the timeouts of instances. */
export function addReschedule(program: Command, terminal: Terminal): void {
  addInstances(program.command("reschedule"))
    .summary("move the timeouts of instances")
    .description("Give the timeouts of instances another moment. One in the past means now.")
    .requiredOption("--to <moment>", "a time from now, such as 3d, or a moment, such as 2027-01-31T09:00:00Z", readTo)
    .addHelpText(
      "after",
      formatExamples([
        ["perdure reschedule order-lifecycle order-1 --to 14d", "two weeks from now"],
        ["perdure reschedule --process order-lifecycle --to 2027-01-31T09:00:00Z --dry-run", "which would be moved?"],
      ]),
    )
    .action((names: readonly string[], options: RescheduleOptions, command: Command) => {
      const verb = { kind: "reschedule-instance", dueAt: options.to, reason: options.reason ?? null, by: nameAsker(options) } as const;
      return changeChosen({ names, options, verb, command, program, terminal });
    });
}
