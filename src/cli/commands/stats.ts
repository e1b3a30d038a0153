import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { statuses } from "../../definition/model/instance.ts";
import type { WorkerState } from "../../observe/worker-state.ts";
import { systemClock } from "../../platform/clock.ts";
import { formatExamples } from "../terminal/arguments.ts";
import type { Desk } from "../project/desk.ts";
import { useDesk } from "../project/use-desk.ts";
import { formatMoment, formatSpan } from "../terminal/moment.ts";
import type { GlobalOptions } from "../project/project.ts";
import { styleStatus } from "../terminal/styles.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled } from "../terminal/text.ts";
import { untilSignal } from "../terminal/until-signal.ts";

interface StatsOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

const WATCH_MS = 1_000;

/** `perdure stats`: instances by status, and how far the work is behind. */
export function addStats(program: Command, terminal: Terminal): void {
  program
    .command("stats")
    .summary("count instances, and say how far the work is behind")
    .description("Count instances by process and status, and say how far the work is behind.")
    .option("--watch", "again every second, until Ctrl-C")
    .option("--json", "print JSON; with --watch, a line each time")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure stats --watch", "while something runs"],
        ["perdure stats --json | jq .lag.oldestWaitingMs", "for monitoring"],
      ]),
    )
    .action(({ watch, json }: StatsOptions) =>
      useDesk(program.opts<GlobalOptions>(), async (desk) => {
        const print = async () => {
          const stats = await readStats(desk);
          if (watch && !json) terminal.clear();
          printStats(stats, json ?? false, terminal);
        };
        if (!watch) return print();
        await everySecond(print, terminal.lost);
      }),
    );
}

async function everySecond(print: () => Promise<void>, end: Promise<void>): Promise<void> {
  const ending = new AbortController();
  let giveUp = () => {};
  const givenUp = new Promise<void>((resolve) => (giveUp = resolve));
  const ended = untilSignal(Promise.race([end, givenUp])).then(() => ending.abort());
  try {
    while (!ending.signal.aborted) {
      await print();
      // The end cuts the wait short.
      await sleep(WATCH_MS, undefined, { signal: ending.signal }).catch(() => {});
    }
  } finally {
    giveUp();
    await ended;
  }
}

async function readStats(desk: Desk) {
  // What is running and what was ignored is known to those who do it, and not to a command beside them.
  const { running: _running, ignored: _ignored, ...lag } = await desk.lag();
  return { at: new Date(systemClock.now()), worker: await desk.worker(), lag, instances: await desk.counts() };
}

// A worker that has nothing else to do takes an event at once.
const LONG_LAG_MS = 5_000;

function printStats(stats: Awaited<ReturnType<typeof readStats>>, json: boolean, terminal: Terminal): void {
  if (json) return terminal.printBlock(JSON.stringify(stats));
  const { at, worker, lag, instances } = stats;
  terminal.print(styled("bold", formatMoment(at)));
  if (worker !== undefined) terminal.print(`worker    ${describeWorker(worker)}`);
  terminal.print(`events    ${lag.accepted} accepted, ${lag.handled} handled, ${lag.waiting} waiting, ${lag.parked} parked`);
  const behind = lag.waiting === 0 ? "none" : formatSpan(lag.oldestWaitingMs);
  terminal.print(
    "lag       ",
    lag.oldestWaitingMs < LONG_LAG_MS ? behind : styled("yellow", behind),
    `; ${lag.overdueTimers} timers overdue`,
  );
  if (lag.awaitingDefinition > 0)
    terminal.print(`deploy    ${lag.awaitingDefinition} of those that wait need a worker whose definition knows them (\`perdure doctor\`)`);
  if (lag.inbox > 0)
    terminal.print(`inbox     ${lag.inbox} ${lag.inbox === 1 ? "row" : "rows"} of perdure_inbox to be taken by the worker`);
  if (lag.keptEvents > 0) terminal.print(`early     ${lag.keptEvents} kept until their instance starts (\`perdure timers --kind kept\`)`);
  if (lag.newerInstances > 0)
    terminal.print(`versions  ${lag.newerInstances} open of a newer version wait for a worker of it (\`perdure doctor\`)`);
  terminal.print(`commands  ${lag.pendingCommands} pending, ${lag.overdueCommands} overdue`);
  const awaiting = Object.entries(lag.awaitingLimit);
  if (awaiting.length > 0)
    terminal.print(`limits    ${awaiting.map(([name, count]) => `${count} of ${name}`).join(", ")} wait for a limit`);
  terminal.print(`dead      ${lag.deadLetters} ${lag.deadLetters === 1 ? "letter" : "letters"}`);
  const processes = [...new Set(instances.map(({ process }) => process))];
  if (processes.length === 0) return;
  const countOf = (process: string, status: string) =>
    instances.find((each) => each.process === process && each.status === status)?.count ?? 0;
  const columns = [{ title: "PROCESS" }, ...statuses.map((status) => ({ title: status.toUpperCase(), align: "right" as const }))];
  const countCell = (process: string, status: (typeof statuses)[number]) => {
    const count = countOf(process, status);
    return count === 0 ? "0" : styleStatus(status, String(count));
  };
  terminal.print("");
  terminal.printTable(
    columns,
    processes.map((process) => [process, ...statuses.map((status) => countCell(process, status))]),
  );
}

function describeWorker({ isAlive, pid, host }: WorkerState): string {
  return isAlive ? `pid ${pid} on ${host}` : "none; what waits is handled when one starts (`perdure start`)";
}
