import type { Command } from "commander";
import { addChoice, changeChosen, type ChangeOptions } from "../scheduled/change.ts";
import { addScheduledList } from "../scheduled/list.ts";
import { formatExamples, readTo } from "../terminal/arguments.ts";
import { nameAsker } from "../terminal/asker.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** `perdure scheduled`: looks at commands that are not due yet, calls them off and moves them. */
export function addScheduled(program: Command, terminal: Terminal): void {
  const group = program
    .command("scheduled")
    .summary("list, cancel and reschedule commands that are not due yet")
    .description("Look at the commands that are not due yet, call them off, or move them.");
  for (const add of [addScheduledList, addCancel, addReschedule]) add(group, program, terminal);
}

function addCancel(group: Command, program: Command, terminal: Terminal): void {
  addChoice(group.command("cancel"))
    .description("Call commands off, so that they never run. This cannot be undone, so it asks before it takes more than you named.")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure scheduled cancel 01a20d95-53fd-8001-a37c-91cba30d8138", "one command"],
        ["perdure scheduled cancel --type sendReminder --aggregate order-1 --yes", "the reminders for an order"],
      ]),
    )
    .action((ids: readonly string[], options: ChangeOptions, command: Command) => {
      const verb = { kind: "cancel-command", reason: options.reason ?? null, by: nameAsker(options) } as const;
      return changeChosen({ ids, options, verb, command, program, terminal });
    });
}

interface RescheduleOptions extends ChangeOptions {
  readonly to: number;
}

function addReschedule(group: Command, program: Command, terminal: Terminal): void {
  addChoice(group.command("reschedule"))
    .description("Give commands another moment. One in the past makes them due at once.")
    .requiredOption("--to <moment>", "a time from now, such as 3d, or a moment, such as 2027-01-31T09:00:00Z", readTo)
    .addHelpText(
      "after",
      formatExamples([
        ["perdure scheduled reschedule 01a20d95-53fd-8001-a37c-91cba30d8138 --to 3d", "three days from now"],
        ["perdure scheduled reschedule --type sendReminder --to 2027-01-31T09:00:00Z --dry-run", "which would be moved?"],
      ]),
    )
    .action((ids: readonly string[], options: RescheduleOptions, command: Command) => {
      const verb = { kind: "reschedule-command", dueAt: options.to, reason: options.reason ?? null, by: nameAsker(options) } as const;
      return changeChosen({ ids, options, verb, command, program, terminal });
    });
}
