import { join } from "node:path";
import { reportFailure } from "../../src/cli/failure.ts";
import { createProgram } from "../../src/cli/program.ts";
import type { GlobalOptions } from "../../src/cli/project/project.ts";
import type { OutputStream } from "../../src/cli/terminal/output.ts";
import { createTerminal } from "../../src/cli/terminal/terminal.ts";
import type { Ended, Project } from "./perdure.ts";

/** Runs a command in this OS process, which is faster; on a terminal of so many columns, if it is told. */
export async function runHere({ folder }: Project, args: readonly string[], columns?: number): Promise<Ended> {
  const [stdout, stderr] = [createStream(columns), createStream(columns)];
  const terminal = createTerminal({ stdin: process.stdin, stdout, stderr });
  const program = createProgram(terminal);
  const config = args.includes("--config") ? [] : ["--config", join(folder, "perdure.config.ts")];
  const before = process.exitCode;
  let code = 0;
  try {
    process.exitCode = 0;
    await program.parseAsync([...args, ...config], { from: "user" });
    code = process.exitCode;
  } catch (error) {
    code = reportFailure(error, terminal, program.opts<GlobalOptions>());
  } finally {
    process.exitCode = before;
  }
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function createStream(columns: number | undefined): OutputStream & { text(): string } {
  let all = "";
  return {
    isTTY: columns !== undefined,
    ...(columns !== undefined && { columns }),
    hasColors: () => false,
    write: (text, done) => {
      all += text;
      done?.();
    },
    on: () => {},
    text: () => all,
  };
}
