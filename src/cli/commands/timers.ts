import { type Command, Option } from "commander";
import type { Timer } from "../../record/timer.ts";
import { systemClock } from "../../platform/clock.ts";
import { timerKinds, type TimerKind } from "../../store/timers.ts";
import { formatExamples, readCount } from "../terminal/arguments.ts";
import type { Desk } from "../project/desk.ts";
import { useDesk } from "../project/use-desk.ts";
import { findOwner } from "../project/find-process.ts";
import { formatMomentFrom } from "../terminal/moment.ts";
import type { GlobalOptions } from "../project/project.ts";
import { titleOfWhat } from "../project/instance-view.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface TimersOptions {
  readonly process?: string;
  readonly aggregate?: string;
  readonly kind?: TimerKind;
  readonly limit?: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** `perdure timers`: what is due when. */
export function addTimers(program: Command, terminal: Terminal): void {
  program
    .command("timers")
    .summary("list what is due when")
    .description("List what is due when, soonest first: timeouts, delayed commands, retries. What is overdue comes first.")
    .option("--process <process>", "only of this process, policy or schedule")
    .option("--aggregate <aggregateId>", "only of this aggregate")
    .addOption(new Option("--kind <kind>", "only of this kind").choices(timerKinds))
    .option("--limit <count>", "how many at most (default: 100)", readCount)
    .option("--cursor <cursor>", "go on after the page that gave this cursor")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure timers --limit 5", "what comes next"],
        ["perdure timers --kind retry", "what is tried again"],
      ]),
    )
    .action((options: TimersOptions) =>
      useDesk(program.opts<GlobalOptions>(), async (desk) => {
        const { process, aggregate: aggregateId, kind, limit, cursor, json } = options;
        const page = await desk.timers.list({
          process: process && (await findTimed(process, desk)),
          aggregateId,
          kind,
          ...(limit !== undefined && { limit }),
          ...(cursor !== undefined && { cursor }),
        });
        if (json) return terminal.printJson({ items: page, nextCursor: page.nextCursor });
        if (page.length === 0) return terminal.note("Nothing is due.");
        const now = systemClock.now();
        terminal.printTable(
          [...titles, titleOfWhat(page)].map((title) => ({ title })),
          page.map((timer) => toRow(timer, now)),
        );
        if (page.nextCursor !== undefined) terminal.note(`There may be more: --cursor ${page.nextCursor}`);
      }),
    );
}

/** A schedule has timers, too. */
async function findTimed(given: string, desk: Desk): Promise<string> {
  const names = (await desk.schedules.list()).map(({ schedule }) => schedule);
  return findOwner(given, desk, { names, what: "process, policy or schedule" });
}

const titles = ["DUE", "KIND", "PROCESS", "AGGREGATE"];

function toRow({ dueAt, kind, process, aggregateId, command, name }: Timer, now: number): readonly string[] {
  return [formatMomentFrom(dueAt, now), kind, process, aggregateId, command ?? name ?? ""];
}
