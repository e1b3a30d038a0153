import { reportFailure } from "./failure.ts";
import { createProgram } from "./program.ts";
import type { GlobalOptions } from "./project/project.ts";
import { createTerminal } from "./terminal/terminal.ts";

/** Runs the command that the OS process was started with. */
export async function runCommandLine(): Promise<void> {
  const terminal = createTerminal();
  const program = createProgram(terminal);
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = reportFailure(error, terminal, program.opts<GlobalOptions>());
  }
  // The configuration file may have opened a connection or an interval, which must not keep the command from ending.
  await terminal.exit();
}
