import { type Command, InvalidArgumentError } from "commander";
import { displayPath } from "../../definition/report/display-path.ts";
import { readWorkerState } from "../../observe/worker-state.ts";
import { systemClock } from "../../platform/clock.ts";
import { countOf } from "../../platform/count-of.ts";
import { durationForms, readDuration } from "../../platform/duration.ts";
import { systemIds } from "../../platform/ids.ts";
import { type ExportedKeys, openExportedKeys } from "../../store/sqlite/exported-keys.ts";
import { readOptions } from "../../system/system-options.ts";
import { type AggregateExport, exportAggregate } from "../aggregate/export-aggregate.ts";
import { EXPORT_FORMAT } from "../move/export-lines.ts";
import { createFileTarget, type ExportTarget } from "../move/export-target.ts";
import { type ExportCounts, writeExport } from "../move/write-export.ts";
import type { Owners } from "../project/desk.ts";
import { findProcess, refusePolicy } from "../project/find-process.ts";
import { checkStoreExists, type FileProject, type GlobalOptions, isOnFile, loadProject, refuseOnRestate } from "../project/project.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface ExportOptions {
  readonly out?: string;
  readonly aggregate?: string;
  readonly process?: readonly string[];
  /** In milliseconds. */
  readonly seen?: number;
  readonly ended?: boolean;
  readonly journal: boolean;
  readonly json?: boolean;
}

/** `perdure export`: all of one aggregate, or what a file keeps, key by key, for `perdure import`. */
export function addExport(program: Command, terminal: Terminal): void {
  program
    .command("export")
    .summary("write down what is kept of an aggregate, or all of it for Restate")
    .description(
      "With --aggregate, write down all that is kept of one aggregate, to be read by people and programs; a worker may run. " +
        "Without, write down what the store keeps, a line for each process and aggregate, for `perdure import` on Restate: stop the worker and what dispatches before.",
    )
    .option("--aggregate <aggregateId>", "all that is kept of this aggregate, which no import reads")
    .option("--out <file>", "a new file (default: the standard output)")
    .option("--process <process>", "of this process alone; may be given several times", addProcess)
    .option(
      "--seen <duration>",
      "for Restate: recognise repeated events that were accepted within this time (default: retention.deduplication)",
      readSeen,
    )
    .option("--ended", "for Restate: also instances that have ended and owe nothing")
    .option("--no-journal", "for Restate: leave out what has happened to the instances so far")
    .option("--json", "for Restate: print how much was exported as JSON; needs --out")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure export --aggregate customer-1 --out customer-1.jsonl", "all of one customer"],
        ["perdure export --out way-over.jsonl", "all that is still to be done"],
        ["perdure export --out orders.jsonl --process order-lifecycle --ended", "all of one process"],
      ]),
    )
    .action(async (options: ExportOptions, command: Command) => {
      if (options.aggregate !== undefined)
        return exportAggregate(program.opts(), readAggregate(options.aggregate, options, command), terminal);
      if (options.json === true && options.out === undefined)
        command.error("error: --json says how much was exported, and needs a file that it is exported to (--out)");
      const project = await loadProject(program.opts<GlobalOptions>());
      if (!isOnFile(project)) {
        throw refuseOnRestate(project, {
          what: "an export is of a file",
          hint: "Name the configuration that keeps them in the file, with --config.",
        });
      }
      const counts = exportStore(project, options, terminal);
      if (options.json === true) terminal.printJson(counts);
      else printCounts(counts, options, terminal);
    });
}

/** What of an aggregate is wanted. Nothing else goes with that. */
function readAggregate(aggregateId: string, { process = [], out, ...others }: ExportOptions, command: Command): AggregateExport {
  const { seen, ended, journal, json } = others;
  if (seen !== undefined || ended !== undefined || !journal || json !== undefined) {
    command.error("error: --aggregate has all that is kept of it: leave --seen, --ended, --no-journal and --json out");
  }
  if (process.length > 1) command.error("error: --aggregate takes one --process at most");
  return { aggregateId, process: process[0], out };
}

function exportStore(project: FileProject, options: ExportOptions, terminal: Terminal): ExportCounts {
  checkStoreExists(project);
  const { settings, driver } = readOptions(project.options);
  const { synchronous = "full" } = (project.options.store ?? {}) as { readonly synchronous?: "full" | "normal" };
  const keys = openExportedKeys({ path: project.storePath, synchronous, driver });
  try {
    checkAtRest(keys, project);
    const now = systemClock.now();
    const { deduplicationMs } = settings.retention;
    const known = { processes: keys.processes(), policies: keys.policies() };
    const facts = keys.find({
      processes: options.process?.map((name) => findExported(name, known)),
      isEndedWanted: options.ended ?? false,
      isJournalWanted: options.journal,
      seenSince: now - Math.min(options.seen ?? deduplicationMs, deduplicationMs),
    });
    const header = {
      perdure: "export",
      format: EXPORT_FORMAT,
      exportId: systemIds.next(),
      at: new Date(now).toISOString(),
      ...facts,
    } as const;
    const target: ExportTarget =
      options.out === undefined
        ? { write: (line) => terminal.print(line), finish: () => {}, discard: () => {} }
        : createFileTarget(options.out);
    try {
      const checkWhole = () => {
        if (keys.end()) throw refuseChanged(project);
      };
      const counts = writeExport({ header, keys: keys.read(), deduplicationMs, checkWhole }, (line) => target.write(line));
      target.finish();
      return counts;
    } catch (error) {
      target.discard();
      throw error;
    }
  } finally {
    keys.close();
  }
}

function findExported(name: string, known: Owners): string {
  refusePolicy(name, known, {
    lacks: "nothing that an export for Restate takes over",
    hint: "What it has to do is done here, before the export. With --aggregate, an export has what is kept of it.",
  });
  return findProcess(name, known.processes, "process with anything to export");
}

/** @throws CliError if what is exported would be handled here as well */
function checkAtRest({ lease, openRequests, unowned, inboxRows }: ExportedKeys, { storePath }: FileProject): void {
  const { isAlive, host, pid } = readWorkerState(lease, systemClock.now());
  if (isAlive) {
    throw new CliError(
      exitCodes.refused,
      `a worker works on ${displayPath(storePath)} (pid ${pid} on ${host}), and what is exported would be handled twice`,
      "Stop it and what dispatches, export, import, and start there.",
    );
  }
  if (openRequests > 0) {
    throw new CliError(
      exitCodes.refused,
      `${countOf(openRequests, "retry or discard", "retries and discards")} of dead letters ${openRequests === 1 ? "waits" : "wait"} for a worker, and an export has none of them`,
      "Run `perdure start` until they are carried out, stop it, and export then.",
    );
  }
  if (inboxRows > 0) {
    throw new CliError(
      exitCodes.refused,
      `${countOf(inboxRows, "row")} of perdure_inbox ${inboxRows === 1 ? "is" : "are"} not accepted, and an export has none of them`,
      "Run `perdure start` until they are taken, stop it, and export then.",
    );
  }
  if (unowned > 0) throw refuseUnowned(unowned);
}

/** Policies and commands from outside belong to no key. */
function refuseUnowned(unowned: number): CliError {
  return new CliError(
    exitCodes.refused,
    `${countOf(unowned, "policy or command", "policies and commands")} of no instance ${unowned === 1 ? "is" : "are"} still to be done here, and an export has none of them`,
    "Run `perdure start` until they are done, settle their dead letters, stop it, and export then.",
  );
}

function refuseChanged({ storePath }: FileProject): CliError {
  return new CliError(
    exitCodes.refused,
    `${displayPath(storePath)} was written to while it was exported, so something is not in the export`,
    "Stop everything that dispatches or works on it, and export again. What was written is no whole export.",
  );
}

function printCounts(counts: ExportCounts, { out }: ExportOptions, terminal: Terminal): void {
  const { keys, open, ended, waiting, commands, deadLetters, eventIds } = counts;
  terminal.note(
    `${countOf(keys, "key")} ${out === undefined ? "exported" : `in ${displayPath(out)}`}: ${[
      countOf(open, "open instance"),
      ...(ended === 0 ? [] : [`${ended.toLocaleString("en-US")} ended`]),
      `${countOf(waiting, "event")} that wait`,
      countOf(commands, "command"),
      countOf(deadLetters, "dead letter"),
      countOf(eventIds, "eventId"),
    ].join(", ")}.`,
  );
  terminal.note("What is accepted here from now on is in no export: dispatch on Restate, once it is imported there.");
}

/** Reads one `--process` more. */
function addProcess(name: string, before: readonly string[] = []): readonly string[] {
  return [...before, name];
}

function readSeen(text: string): number {
  const durationMs = readDuration(text);
  if (durationMs !== undefined) return durationMs;
  throw new InvalidArgumentError(`It has to be ${durationForms}.`);
}
