import { createInterface } from "node:readline";
import { styleText } from "node:util";
import { toPrintable, toPrintableBlock } from "../../platform/printable.ts";
import { exitCodes } from "./exit-codes.ts";
import { createOutput, type OutputStream } from "./output.ts";
import { type Column, formatTable } from "./table.ts";
import { type Style, styled, type Text, widthOf, wrapText } from "./text.ts";

/**
 * What commands print to: data to the standard output, everything else to the standard error stream. Texts are made printable
 * here, so that no command has to.
 */
export interface Terminal {
  /** A line of data; a newline in it is written out. */
  print(...parts: readonly Text[]): void;
  /** Data of several lines. */
  printBlock(...parts: readonly Text[]): void;
  /** `text` behind `lead`; on a terminal it goes on below in column `hang`. */
  printWrapped(lead: readonly Text[], text: string, hang: number): void;
  /** A value as JSON. */
  printJson(value: unknown): void;
  /** Rows under their titles, as wide as the terminal at most. */
  printTable(columns: readonly Column[], rows: readonly (readonly Text[])[], indent?: string): void;
  /** A line for the person at the terminal, out of the way of a pipe; further lines are indented. */
  note(...parts: readonly Text[]): void;
  /** A note that goes on below, indented, where it is wider than the terminal, so that no word is broken. `lead` stands before it. */
  noteWrapped(lead: readonly Text[], text: string): void;
  /** Whether notes are seen as they come, so that a line may be written over. */
  readonly isLive: boolean;
  /** Writes over the line of the note before it; `""` clears it. Only when `isLive`. */
  overwrite(line: string): void;
  /** Clears the screen, if there is one. */
  clear(): void;
  /** Asks a question with yes or no; `undefined` when nobody is there to answer. */
  confirm(question: string): Promise<boolean | undefined>;
  /** How wide the terminal is to which data goes; `undefined` if it goes elsewhere. */
  readonly columns: number | undefined;
  /** Resolves when data could not be written, because the reader has gone or the disk is full. A command that does nothing but print ends then. */
  readonly lost: Promise<void>;
  /** Lets data get lost without a word, for a command whose work is not to print. */
  allowLoss(): void;
  /**
   * Ends the OS process with `process.exitCode` as soon as everything is written. Data that could not be written is a failure, but
   * not if the reader has gone: it has seen enough, as in `perdure list | head -1`.
   */
  exit(): Promise<void>;
}

/** What a terminal is made of. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

const CONTROL = "\u001B[";
const USUAL_WIDTH = 80;

export function createTerminal({ stdin, stdout, stderr }: Streams = process): Terminal {
  const [out, err] = [createOutput(stdout), createOutput(stderr)];
  const widthOfStream = (stream: OutputStream) => (stream.isTTY === true ? stream.columns || USUAL_WIDTH : undefined);
  const width = () => widthOfStream(stdout);
  let mayLose = false;

  const print = (...parts: readonly Text[]) => out.write(`${render(parts, toPrintable, stdout)}\n`);
  const printBlock = (...parts: readonly Text[]) => out.write(`${render(parts, toPrintableBlock, stdout)}\n`);
  // Further lines stand in from the margin, so that no text can pass for a message of its own.
  const note = (...parts: readonly Text[]) => err.write(`${render(parts, toPrintableBlock, stderr).replace(/\n(?=[^\n ])/g, "\n  ")}\n`);
  return {
    print,
    printBlock,
    printWrapped: (lead, text, hang) => {
      const columns = width() ?? Number.POSITIVE_INFINITY;
      const [first = "", ...rest] = wrapText(toPrintable(text), columns - widthOfParts(lead), columns - hang);
      print(...lead, first);
      for (const line of rest) print(" ".repeat(hang), line);
    },
    printJson: (value) => printBlock(JSON.stringify(value, undefined, stdout.isTTY === true ? 2 : undefined)),
    printTable: (columns, rows, indent = "") => {
      const columnsLeft = width();
      for (const line of formatTable(columns, rows, columnsLeft === undefined ? undefined : columnsLeft - indent.length))
        print(indent, ...line);
    },
    note,
    noteWrapped: (lead, text) => {
      const columns = widthOfStream(stderr) ?? Number.POSITIVE_INFINITY;
      const [first = "", ...rest] = toPrintableBlock(text).split("\n");
      note(...lead, ...wrapNote(first, columns, widthOfParts(lead)));
      for (const line of rest) note(...wrapNote(line === "" || line.startsWith(" ") ? line : `  ${line}`, columns, 0));
    },
    get columns() {
      return width();
    },
    isLive: stderr.isTTY === true,
    overwrite: (line) => err.write(`\r${CONTROL}K${toPrintable(line)}`),
    clear: () => {
      if (stdout.isTTY === true) out.write(`${CONTROL}2J${CONTROL}H`);
    },
    confirm: async (question) => {
      if (!stdin.isTTY || stderr.isTTY !== true) return undefined;
      err.write(`${toPrintable(question)} [y/N] `);
      for await (const answer of createInterface({ input: stdin })) return /^y(es)?$/i.test(answer.trim());
      return false;
    },
    lost: out.lost,
    allowLoss: () => {
      mayLose = true;
    },
    exit: async () => {
      await out.flush();
      if (out.loss !== undefined && out.loss.code !== "EPIPE" && !mayLose) {
        note(styled("red", "error:"), ` what was to be printed could not be written: ${out.loss.message}`);
        if (!process.exitCode) note("  Whatever else the command had to do is done.");
        process.exitCode ||= exitCodes.failure;
      }
      await err.flush();
      process.exit();
    },
  };
}

/** A line of a note in lines that are joined, the further ones indented by two more than the first. */
function wrapNote(line: string, columns: number, taken: number): readonly string[] {
  const indent = /^ */.exec(line)![0];
  const hang = `${indent}  `;
  return [indent + wrapText(line.slice(indent.length), columns - taken - indent.length, columns - hang.length).join(`\n${hang}`)];
}

function widthOfParts(parts: readonly Text[]): number {
  return parts.reduce((sum, part) => sum + widthOf(typeof part === "string" ? part : part.text), 0);
}

function render(parts: readonly Text[], makePrintable: (text: string) => string, stream: OutputStream): string {
  return parts
    .map((part) => (typeof part === "string" ? makePrintable(part) : renderStyled(makePrintable(part.text), part.style, stream)))
    .join("");
}

function renderStyled(text: string, style: Style, stream: OutputStream): string {
  // hasColors knows NO_COLOR, FORCE_COLOR and dumb terminals.
  return stream.isTTY === true && stream.hasColors?.() === true ? styleText(style, text, { validateStream: false }) : text;
}
