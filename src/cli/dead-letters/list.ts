import { type Command, Option } from "commander";
import type { DeadLetter } from "../../record/dead-letter.ts";
import type { DeadLetterListFilter } from "../../observe/dead-letters.ts";
import { formatExamples, readCount, readCursor } from "../terminal/arguments.ts";
import { useDesk } from "../project/use-desk.ts";
import { formatMoment } from "../terminal/moment.ts";
import type { GlobalOptions } from "../project/project.ts";
import { styleStatus } from "../terminal/styles.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Text } from "../terminal/text.ts";
import { describeError } from "../terminal/timeline.ts";
import { addFilter, type LetterFilter, readFilter } from "./filter.ts";

interface ListOptions extends LetterFilter, Pick<DeadLetterListFilter, "status" | "limit" | "cursor"> {
  readonly json?: boolean;
}

/** `perdure dead-letters list`: the open ones, or others. */
export function addLettersList(group: Command, program: Command, terminal: Terminal): void {
  addFilter(group.command("list"))
    .description("List dead letters, oldest first.")
    .addOption(new Option("--status <status>", "which").choices(["open", "retried", "skipped", "discarded", "any"]).default("open"))
    .option("--limit <count>", "how many at most (default: 100)", readCount)
    .option("--cursor <cursor>", "go on after the page that gave this cursor", readCursor)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      formatExamples([
        ["perdure dead-letters list", "what waits for you"],
        ["perdure dead-letters list --status any --json", "all there were"],
      ]),
    )
    .action((options: ListOptions) =>
      useDesk(program.opts<GlobalOptions>(), async (desk) => {
        const { status, limit, cursor, json } = options;
        const page = await desk.deadLetters.list({
          ...(await readFilter(options, desk)),
          ...(status !== undefined && { status }),
          ...(limit !== undefined && { limit }),
          ...(cursor !== undefined && { cursor }),
        });
        if (json) return terminal.printJson({ items: page, nextCursor: page.nextCursor });
        if (page.length === 0) return terminal.note(status === "open" ? "There is no open dead letter." : "No dead letter matches.");
        terminal.printTable(columns, page.map(toRow));
        if (page.nextCursor !== undefined) terminal.note(`There may be more: --cursor ${page.nextCursor}`);
      }),
    );
}

const columns = [
  { title: "ID" },
  { title: "STATUS" },
  { title: "FAILED" },
  { title: "PROCESS" },
  { title: "AGGREGATE" },
  { title: "HANDLER" },
  { title: "ERROR", gives: true },
];

function toRow({ id, status, lastFailedAt, process, aggregateId, handler, error }: DeadLetter): readonly Text[] {
  return [id, styleStatus(status), formatMoment(lastFailedAt), process, aggregateId, handler, describeError(error)];
}
