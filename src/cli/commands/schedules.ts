import type { Command } from "commander";
import { systemClock } from "../../platform/clock.ts";
import type { ScheduleState } from "../../record/schedule.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { useClient } from "../project/client.ts";
import type { GlobalOptions } from "../project/project.ts";
import { useDesk } from "../project/use-desk.ts";
import { formatMoment, formatMomentFrom } from "../terminal/moment.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** `perdure schedules`: which there are, and their events beside their moments. */
export function addSchedules(program: Command, terminal: Terminal): void {
  const group = program
    .command("schedules")
    .summary("list schedules, and run one now")
    .description("Look at the schedules that workers have, and dispatch the event of one beside its moments.");
  addList(group, program, terminal);
  addRun(group, program, terminal);
}

function addList(group: Command, program: Command, terminal: Terminal): void {
  group
    .command("list")
    .description("List the schedules, with their next and last moments. A schedule is there from the first start of a worker that has it.")
    .option("--json", "print JSON")
    .addHelpText("after", formatExamples([["perdure schedules list", "what comes when"]]))
    .action(({ json }: { readonly json?: boolean }) =>
      useDesk(program.opts<GlobalOptions>(), async (desk) => {
        const schedules = await desk.schedules.list();
        if (json) return terminal.printJson({ items: schedules });
        if (schedules.length === 0) return terminal.note("There are no schedules. One begins with the first worker that has it.");
        const now = systemClock.now();
        terminal.printTable(
          ["SCHEDULE", "CRON", "TIME ZONE", "MISSED", "NEXT", "LAST"].map((title) => ({ title })),
          schedules.map((schedule) => toRow(schedule, now)),
        );
        for (const { schedule, failure } of schedules) {
          if (failure === undefined) continue;
          terminal.note(`${schedule} gave no event at ${formatMoment(failure.at)}: ${failure.problem}`);
        }
      }),
    );
}

function toRow({ schedule, cron, timeZone, missed, dueAt, lastAt, removedAt }: ScheduleState, now: number): readonly string[] {
  const next = removedAt === undefined ? dueAt && formatMomentFrom(dueAt, now) : `removed ${formatMoment(removedAt)}`;
  return [schedule, cron, timeZone, missed, next ?? "never", lastAt === undefined ? "none" : formatMoment(lastAt)];
}

function addRun(group: Command, program: Command, terminal: Terminal): void {
  group
    .command("run")
    .description("Dispatch what a schedule gives now, beside its moments. With --at, make up for a moment of it that gave no event.")
    .argument("<schedule>", "its name, such as order/weekly-report")
    .option("--at <moment>", "a moment of the schedule, as ISO 8601: an event of it that was accepted is a duplicate")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure schedules run order/weekly-report", "now"],
        ["perdure schedules run order/weekly-report --at 2026-03-30T07:00:00Z", "the one of that Monday"],
      ]),
    )
    .action((name: string, { at, json }: { readonly at?: string; readonly json?: boolean }) =>
      useClient(program.opts<GlobalOptions>(), async ({ system, lacksWorker }) => {
        const receipts = await system.schedules.run(name, at === undefined ? {} : { at });
        if (json) terminal.printJson({ items: receipts });
        else for (const { eventId, outcome } of receipts) terminal.print(`${outcome}: eventId ${eventId}`);
        if (receipts.length === 0) terminal.note("The schedule gives no event for this moment.");
        const isWaiting = receipts.some(({ outcome }) => outcome === "accepted" || outcome === "kept");
        if (isWaiting && lacksWorker()) terminal.note("No worker runs: it is handled when one starts (`perdure start`).");
      }),
    );
}
