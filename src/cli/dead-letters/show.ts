import type { Command } from "commander";
import type { DeadLetter } from "../../record/dead-letter.ts";
import { formatExamples } from "../terminal/arguments.ts";
import { useDesk } from "../project/use-desk.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";
import { formatError } from "../terminal/format-error.ts";
import { formatMoment } from "../terminal/moment.ts";
import type { GlobalOptions } from "../project/project.ts";
import { styleStatus } from "../terminal/styles.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { styled, type Text } from "../terminal/text.ts";

/** `perdure dead-letters show`: what failed, with what, and why. */
export function addLetterShow(group: Command, program: Command, terminal: Terminal): void {
  group
    .command("show")
    .description(
      "Show a dead letter: what could not be handled, and the last error with its stack, what it carries and its causes; with --verbose, all of the stack and of what it carries.",
    )
    .argument("<id>", "as `dead-letters list` has it")
    .option("--json", "print JSON")
    .addHelpText("after", formatExamples([["perdure dead-letters show 01a20d95-53fd-8001-a37c-91cba30d8138", "one letter"]]))
    .action((id: string, { json }: { readonly json?: boolean }) =>
      useDesk(program.opts<GlobalOptions>(), async ({ deadLetters }) => {
        const letter = await deadLetters.get(id);
        if (letter === undefined)
          throw new CliError(exitCodes.notFound, `there is no dead letter "${id}"`, "`perdure dead-letters list --status any` lists them.");
        if (json) terminal.printJson(letter);
        else printLetter(letter, terminal, program.opts<GlobalOptions>().verbose ?? false);
      }),
    );
}

function printLetter(letter: DeadLetter, terminal: Terminal, verbose: boolean): void {
  const {
    id,
    process,
    aggregateId,
    processId,
    status,
    handler,
    event,
    command,
    row,
    attempts,
    firstFailedAt,
    lastFailedAt,
    settledAt,
    settledBy,
    reason,
    retriedWith,
    error,
  } = letter;
  terminal.print(styled("bold", `dead letter ${id}`));
  const facts: readonly (readonly [string, Text | undefined])[] = [
    ["status", styleStatus(status)],
    ["process", process === "" ? undefined : `${process} ${aggregateId}`],
    ["process id", processId === "" ? undefined : processId],
    ["handler", handler],
    ["about", nameSubject(letter)],
    ["payload", row === undefined ? JSON.stringify((event ?? command)?.payload) : String(row.payload)],
    ["attempts", attempts === 1 ? "1" : `${attempts}, the first at ${formatMoment(firstFailedAt)}`],
    ["failed", formatMoment(lastFailedAt)],
    ["settled", settledAt && formatMoment(settledAt)],
    ["by", settledBy],
    ["because", reason],
    ["with", retriedWith === undefined ? undefined : `the payload ${JSON.stringify(retriedWith)}`],
  ];
  for (const [name, value] of facts) if (value !== undefined) terminal.print(`  ${name.padEnd(10)}  `, value);
  terminal.print();
  terminal.print(styled("bold", "Error"));
  for (const line of formatError(error, verbose)) {
    const indent = /^ */.exec(line)![0];
    terminal.printWrapped([`  ${indent}`], line.slice(indent.length), indent.length + 4);
  }
}

function nameSubject({ event, command, row }: DeadLetter): string {
  if (row !== undefined) return `row ${row.number} of perdure_inbox, ${String(row.type)} for ${String(row.aggregateId)}`;
  return event === undefined ? `command ${command?.type}` : `${event.type}, eventId ${event.eventId}`;
}
