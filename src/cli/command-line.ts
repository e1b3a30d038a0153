import { reportFailure } from "./failure.ts";
import { createProgram } from "./program.ts";
import type { GlobalOptions } from "./project/project.ts";
import { createTerminal } from "./terminal/terminal.ts";

/** Loads the command that the OS process was started with, and resolves with what runs it. */
export async function prepareCommandLine(): Promise<() => Promise<void>> {
  const terminal = createTerminal();
  const program = await createProgram(terminal, process.argv.slice(2));
  return async () => {
    try {
      await program.parseAsync();
    } catch (error) {
      process.exitCode = reportFailure(error, terminal, program.opts<GlobalOptions>());
    }
    // The configuration file may have opened a connection or an interval, which must not keep the command from ending.
    await terminal.exit();
  };
}
