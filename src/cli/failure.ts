import { inspect } from "node:util";
import { CommanderError } from "commander";
import { errorToText, ProcessError, type ErrorCode } from "../errors.ts";
import { CliError, type ExitCode, exitCodes } from "./terminal/exit-codes.ts";
import type { GlobalOptions } from "./project/project.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { styled } from "./terminal/text.ts";

/** Says what went wrong, in a sentence or, if asked for, with everything that is known, and returns the exit code. */
export function reportFailure(error: unknown, terminal: Terminal, { verbose = false }: GlobalOptions): ExitCode {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const isExpected = error instanceof CliError || ProcessError.is(error);
  terminal.noteWrapped([styled("red", "error:"), " "], errorToText(error));
  if (verbose) terminal.note(inspect(error));
  else if (!isExpected) terminal.note("  This was not expected. Run it again with --verbose to see where it comes from.");
  return error instanceof CliError ? error.exitCode : ProcessError.is(error) ? (codes[error.code] ?? exitCodes.failure) : exitCodes.failure;
}

const codes: Partial<Record<ErrorCode, ExitCode>> = {
  CONFIG_FILE_MISSING: exitCodes.notFound,
  INSTANCE_UNKNOWN: exitCodes.notFound,
  DEAD_LETTER_UNKNOWN: exitCodes.notFound,
  COMMAND_NOT_SCHEDULED: exitCodes.notFound,
  SCHEDULE_UNKNOWN: exitCodes.notFound,
  EVENT_INVALID: exitCodes.usage,
  WHERE_INVALID: exitCodes.usage,
  ERASE_REFUSED: exitCodes.refused,
  DOMAIN_IN_USE: exitCodes.refused,
  PROCESSES_IN_USE: exitCodes.refused,
};
