import type { Command } from "commander";
import { countOf } from "../../platform/count-of.ts";
import { systemClock } from "../../platform/clock.ts";
import { type Erased, planErasure, type PlannedErasure } from "../../runtime/commit/erase.ts";
import type { AggregateChoice } from "../../store/erasure.ts";
import type { FileDesk } from "../project/file-desk.ts";
import { findOwner } from "../project/find-process.ts";
import type { GlobalOptions } from "../project/project.ts";
import { useDeskOnFile } from "../project/use-desk.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { nameAsker, readByOption } from "../terminal/asker.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";

interface EraseOptions {
  readonly process?: string;
  readonly by?: string;
  readonly vacuum?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `perdure erase`: erases what is kept of an aggregate. */
export function addErase(program: Command, terminal: Terminal): void {
  program
    .command("erase")
    .summary("erase what is kept of an aggregate that has ended")
    .description(
      "Erase payloads, contexts, errors and all that the journals tell of an aggregate but ids, names and moments. It cannot be undone, and it asks.",
    )
    .argument("<aggregateId>", "the aggregate")
    .option("--process <process>", "only what this process or policy keeps of it")
    .option("--vacuum", "also write the file anew, so that nothing is left in its free pages")
    .option("--by <name>", "who asks, for the journal (default: the user of the operating system)", readByOption)
    .option("--dry-run", "only say how much it would be")
    .option("--yes", "do it without asking")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure erase customer-1 --dry-run", "how much would be erased?"],
        ["perdure erase customer-1 --vacuum --yes", "nothing is left of it in the file"],
      ]),
    )
    .action((aggregateId: string, options: EraseOptions) =>
      useDeskOnFile(
        program.opts<GlobalOptions>(),
        { what: "only what is kept in a file is erased", hint: "Set `retention` where the services are served." },
        async (desk) => {
          const process = options.process === undefined ? undefined : await findOwner(options.process, desk);
          await erase({ aggregateId, process }, options, desk, terminal);
        },
      ),
    );
}

async function erase(choice: AggregateChoice, options: EraseOptions, desk: FileDesk, terminal: Terminal): Promise<void> {
  const planned = planErasure(desk.store, choice, systemClock.now());
  if (!planned.isKnown) {
    throw new CliError(
      exitCodes.notFound,
      `nothing is kept of "${choice.aggregateId}"`,
      "`perdure list` shows the aggregates that there are.",
    );
  }
  if (options.dryRun === true) return printPlanned(planned, options, terminal);
  if (options.yes !== true && (await terminal.confirm(`This will erase ${describe(planned)} for good. Go on?`)) !== true) {
    throw new CliError(
      exitCodes.refused,
      `it was not agreed to erase ${describe(planned)}`,
      "Nothing was done. Add --yes to do it without being asked, or --dry-run to see how much it is.",
    );
  }
  const { aggregateId, process } = choice;
  const by = nameAsker(options);
  const erased = await desk.processes.erase({
    aggregateId,
    ...(process !== undefined && { process }),
    ...(by !== null && { by }),
    vacuum: options.vacuum ?? false,
  });
  printErased(erased, options, terminal);
}

function describe({ instances, journalEntries, events, deadLetters }: Omit<PlannedErasure, "isKnown">): string {
  const entries = countOf(journalEntries, "entry", "entries");
  return `what is kept of ${countOf(instances, "instance")}, with ${entries} of the journal, ${countOf(events, "event")} and ${countOf(deadLetters, "dead letter")}`;
}

function printPlanned({ isKnown: _isKnown, ...planned }: PlannedErasure, { json }: EraseOptions, terminal: Terminal): void {
  if (json) terminal.printJson(planned);
  else terminal.print(`This would erase ${describe(planned)}.`);
}

function printErased({ remains, ...counts }: Erased, { json, vacuum }: EraseOptions, terminal: Terminal): void {
  if (json) terminal.printJson({ ...counts, remains });
  else terminal.print(`Erased ${describe(counts)}.`);
  if (remains.log)
    terminal.note("Its bytes may still be in the log, because somebody reads the file; they go when the log is next folded in.");
  if (!remains.freePages) return;
  terminal.note(
    vacuum === true
      ? "The file could not be written anew, because somebody writes to it or the disk is full: run the command again."
      : "What was removed or replaced earlier may still be in free pages of the file: --vacuum writes the file anew without them.",
  );
}
