import { displayPath } from "../../definition/report/display-path.ts";
import { countOf } from "../../platform/count-of.ts";
import { systemClock } from "../../platform/clock.ts";
import { findErasure } from "../../runtime/commit/erase.ts";
import { createFileTarget } from "../move/export-target.ts";
import { findOwner } from "../project/find-process.ts";
import type { GlobalOptions } from "../project/project.ts";
import { useDeskOnFile } from "../project/use-desk.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { describeAggregate } from "./aggregate-lines.ts";

export interface AggregateExport {
  readonly aggregateId: string;
  /** As it was given; `undefined`: all. */
  readonly process: string | undefined;
  /** `undefined`: the standard output. */
  readonly out: string | undefined;
}

/** Writes down all that is kept of an aggregate, beside a worker too. @throws CliError if nothing is kept of it */
export async function exportAggregate(globals: GlobalOptions, wish: AggregateExport, terminal: Terminal): Promise<void> {
  const refusal = {
    what: "export --aggregate reads a file",
    hint: "`perdure show` with --payloads and --json has what is kept there of an instance.",
  };
  await useDeskOnFile(globals, refusal, async (desk) => {
    const { aggregateId, out } = wish;
    const process = wish.process === undefined ? undefined : await findOwner(wish.process, desk);
    const choice = { aggregateId, process };
    const lines = describeAggregate(findErasure(desk.store).read(choice), choice, new Date(systemClock.now()));
    const count = lines.length - 2;
    if (count === 0) {
      throw new CliError(exitCodes.notFound, `nothing is kept of "${aggregateId}"`, "`perdure list` shows the aggregates that there are.");
    }
    if (out === undefined) for (const line of lines) terminal.printBlock(JSON.stringify(line));
    else writeLines(out, lines);
    terminal.note(`${countOf(count, "line")} of "${aggregateId}"${out === undefined ? "" : ` in ${displayPath(out)}`}.`);
  });
}

function writeLines(file: string, lines: readonly object[]): void {
  const target = createFileTarget(file);
  try {
    for (const line of lines) target.write(JSON.stringify(line));
    target.finish();
  } catch (error) {
    target.discard();
    throw error;
  }
}
