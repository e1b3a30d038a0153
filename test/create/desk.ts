import { readdirSync } from "node:fs";
import { PassThrough } from "node:stream";
import type { Desk } from "../../create/src/ask.ts";
import { createProgram } from "../../create/src/program.ts";
import { CliError } from "../../src/cli/terminal/exit-codes.ts";

/** How `create-perdure` ended in this OS process. */
export interface Created {
  /** What it was refused with. */
  readonly refusal: string | undefined;
  readonly exitCode: number;
  /** What a person at the terminal has read. */
  readonly said: string;
}

/** Runs `create-perdure` with these arguments; with `answers` at a terminal, where somebody types them and then leaves. */
export async function create(args: readonly string[], answers?: readonly string[]): Promise<Created> {
  const isTTY = answers !== undefined;
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const desk: Desk = { stdin, stderr };
  stdin.end((answers ?? []).map((answer) => `${answer}\n`).join(""));
  const said = () => String((stderr.read() as Buffer | null) ?? "");
  try {
    await createProgram(desk).parseAsync(args, { from: "user" });
    return { refusal: undefined, exitCode: 0, said: said() };
  } catch (error) {
    if (error instanceof CliError) return { refusal: error.message, exitCode: error.exitCode, said: said() };
    // Commander has said it itself, and ends with 2.
    if (error instanceof Error && "code" in error && String(error.code).startsWith("commander."))
      return { refusal: error.message, exitCode: 2, said: said() };
    throw error;
  }
}

/** All files below a folder, by path. */
export function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .toSorted();
}
