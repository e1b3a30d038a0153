#!/usr/bin/env node
import { CommanderError } from "commander";
import { CliError, exitCodes } from "../../src/cli/terminal/exit-codes.ts";
import { errorToText, ProcessError } from "../../src/errors.ts";
import { checkNode } from "../../src/platform/node-version.ts";
import { createProgram } from "./program.ts";

try {
  checkNode();
  await createProgram(process).parseAsync();
} catch (error) {
  process.exitCode = reportFailure(error);
}
// A terminal that was asked at would keep it from ending.
process.stdin.unref?.();

function reportFailure(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const isExpected = error instanceof CliError || ProcessError.is(error);
  process.stderr.write(`error: ${errorToText(error)}\n`);
  if (!isExpected) process.stderr.write(`  This was not expected.\n${error instanceof Error ? error.stack : ""}\n`);
  return error instanceof CliError ? error.exitCode : exitCodes.failure;
}
