import type { Command } from "commander";
import type { ScheduledCommand } from "../../record/scheduled-command.ts";
import { systemClock } from "../../platform/clock.ts";
import type { GlobalOptions } from "../project/project.ts";
import { useDesk } from "../project/use-desk.ts";
import { formatExamples, readCount } from "../terminal/arguments.ts";
import { formatMomentFrom } from "../terminal/moment.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { addFilter, type CommandFilter, readFilter } from "./filter.ts";

interface ListOptions extends CommandFilter {
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `perdure scheduled list`: the commands that are not due yet. */
export function addScheduledList(group: Command, program: Command, terminal: Terminal): void {
  addFilter(group.command("list"))
    .description("List the commands that are not due yet, soonest first.")
    .option("--limit <count>", "how many at most (default: 100)", readCount)
    .option("--cursor <cursor>", "go on after the page that gave this cursor")
    .option("--json", "print JSON")
    .addHelpText("after", formatExamples([["perdure scheduled list --type sendReminder", "the reminders that are to come"]]))
    .action((options: ListOptions) =>
      useDesk(program.opts<GlobalOptions>(), async (desk) => {
        const { limit, cursor, json } = options;
        const page = await desk.scheduled.list({
          ...(await readFilter(options, desk)),
          ...(limit !== undefined && { limit }),
          ...(cursor !== undefined && { cursor }),
        });
        if (json) return terminal.printJson({ items: page, nextCursor: page.nextCursor });
        if (page.length === 0) return terminal.note("No command waits for its moment.");
        const now = systemClock.now();
        terminal.printTable(
          columns,
          page.map((command) => toRow(command, now)),
        );
        if (page.nextCursor !== undefined) terminal.note(`There may be more: --cursor ${page.nextCursor}`);
      }),
    );
}

const columns = ["ID", "DUE", "COMMAND", "KEY", "AGGREGATE", "PROCESS"].map((title) => ({ title }));

function toRow({ commandId, dueAt, type, key, aggregateId, process }: ScheduledCommand, now: number): readonly string[] {
  return [commandId, formatMomentFrom(dueAt, now), type, key ?? "", aggregateId, process];
}
