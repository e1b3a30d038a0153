import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import { type Column, formatTable } from "./table.ts";

/** What commands print to: data to the standard output, everything else to the standard error stream. */
export interface Terminal {
  /** A line of data. */
  print(line: string): void;
  /** A value as JSON. */
  printJson(value: unknown): void;
  /** Rows under their titles, as wide as the terminal at most. */
  printTable(columns: readonly Column[], rows: readonly (readonly string[])[], indent?: string): void;
  /** A line for the person at the terminal, out of the way of a pipe. */
  note(line: string): void;
  /** Whether notes are seen as they come, so that a line may be written over. */
  readonly isLive: boolean;
  /** Writes over the line of the note before it; `""` clears it. Only when `isLive`. */
  overwrite(line: string): void;
  /** Clears the screen, if there is one. */
  clear(): void;
  /** Asks a question with yes or no; `undefined` when nobody is there to answer. */
  confirm(question: string): Promise<boolean | undefined>;
  /** `text` in a style for the standard output; as it is where there are no colours. */
  style(style: Style, text: string): string;
  /** Ends the OS process with `process.exitCode` as soon as everything is written. */
  exit(): void;
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

export function createTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  // Whoever reads has seen enough, as in `perdure list | head -1`.
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
    });
  }
  // hasColors knows NO_COLOR, FORCE_COLOR and dumb terminals.
  const isColoured = stdout.isTTY && stdout.hasColors();

  const print = (line: string) => void stdout.write(`${line}\n`);
  return {
    print,
    printJson: (value) => print(JSON.stringify(value, undefined, stdout.isTTY ? 2 : undefined)),
    note: (line) => void stderr.write(`${line}\n`),
    printTable: (columns, rows, indent = "") => {
      const width = stdout.isTTY ? stdout.columns - indent.length : undefined;
      for (const line of formatTable(columns, rows, width)) print(indent + line);
    },
    isLive: stderr.isTTY,
    overwrite: (line) => void stderr.write(`\r\u001B[K${line}`),
    clear: () => {
      if (stdout.isTTY) stdout.write("\u001B[2J\u001B[H");
    },
    confirm: async (question) => {
      if (!stdin.isTTY || !stderr.isTTY) return undefined;
      const asked = createInterface({ input: stdin, output: stderr });
      const answer = await asked.question(`${question} [y/N] `).finally(() => asked.close());
      return /^y(es)?$/i.test(answer.trim());
    },
    style: (style, text) => (isColoured ? styleText(style, text, { validateStream: false }) : text),
    exit: () => {
      stdout.write("", () => stderr.write("", () => process.exit()));
    },
  };
}
