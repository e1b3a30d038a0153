import { reportFailure } from "../../src/cli/failure.ts";
import { createProgram } from "../../src/cli/program.ts";
import type { GlobalOptions } from "../../src/cli/project/project.ts";
import type { OutputStream } from "../../src/cli/terminal/output.ts";
import { createTerminal } from "../../src/cli/terminal/terminal.ts";
import type { Ended, Project } from "./perdure.ts";

/**
 * Runs a command in the project's folder and in this OS process, which is faster; on a terminal of so many columns, if it is told. It is for
 * one command at a time, and not for a domain whose files have changed since another was run here.
 */
export async function runHere({ folder }: Project, args: readonly string[], columns?: number): Promise<Ended> {
  const [stdout, stderr] = [createStream(columns), createStream(columns)];
  const terminal = createTerminal({ stdin: process.stdin, stdout, stderr });
  const program = await createProgram(terminal, args);
  const before = { exitCode: process.exitCode, folder: process.cwd() };
  let code = 0;
  try {
    process.exitCode = 0;
    process.chdir(folder);
    await program.parseAsync([...args], { from: "user" });
    code = process.exitCode;
  } catch (error) {
    code = reportFailure(error, terminal, program.opts<GlobalOptions>());
  } finally {
    process.exitCode = before.exitCode;
    process.chdir(before.folder);
  }
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** What a command that has to succeed prints with --json, run in this OS process. */
export async function readHere<Value>(project: Project, ...args: readonly string[]): Promise<Value> {
  const { code, stdout, stderr } = await runHere(project, [...args, "--json"]);
  if (code !== 0) throw new Error(`perdure ${args.join(" ")} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Value;
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
