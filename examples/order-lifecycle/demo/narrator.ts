import { stdout } from "node:process";
import { styleText } from "node:util";

export type Tone = "plain" | "quiet" | "asked" | "good" | "late" | "bad" | "strong";

/** Something that happened, as one line. */
export interface Line {
  readonly at: Date;
  readonly order?: string;
  readonly what: string;
  readonly tone?: Tone;
  readonly text: string;
}

/** Prints what happens. Moments are seconds since `start`. */
export interface Narrator {
  heading(text: string, note?: string): void;
  line(line: Line): void;
  /** Columns are as wide as their longest cell; numbers stand to the right. */
  table(columns: readonly string[], rows: readonly (readonly Cell[])[]): void;
  say(text: string, tone?: Tone): void;
  /** A moment as the lines show it, or with more digits. */
  moment(at: Date | undefined, digits?: number): string;
}

export type Cell = string | { readonly text: string; readonly tone: Tone };

export function createNarrator(start: Date): Narrator {
  const moment = (at: Date | undefined, digits = 2) => (at === undefined ? "–" : ((at.getTime() - start.getTime()) / 1000).toFixed(digits));
  return {
    moment,
    heading: (text, note) => {
      console.log(`\n${paint("strong", text)}`);
      if (note !== undefined) for (const row of wrap(note, 0)) console.log(paint("quiet", row));
    },
    line: ({ at, order = "", what, tone = "plain", text }) => {
      const [first, ...rest] = wrap(text, TEXT_COLUMN);
      console.log(`  ${paint("quiet", moment(at).padStart(5))}  ${order.padEnd(3)}  ${paint(tone, what.padEnd(14))}  ${first}`);
      for (const row of rest) console.log(" ".repeat(TEXT_COLUMN) + row);
    },
    table: (columns, rows) => {
      const widths = columns.map((column, at) => Math.max(column.length, ...rows.map((row) => textOf(row[at]).length)));
      const hasNumbers = columns.map((_, at) => rows.every((row) => /^[\d.–]+$/.test(textOf(row[at]))));
      const pad = (text: string, at: number) => (hasNumbers[at] ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0));
      console.log(`  ${paint("quiet", columns.map(pad).join("  ").trimEnd())}`);
      for (const row of rows) {
        console.log(
          `  ${row
            .map((cell, at) => paint(toneOf(cell), pad(textOf(cell), at)))
            .join("  ")
            .trimEnd()}`,
        );
      }
    },
    say: (text, tone = "plain") => {
      for (const row of wrap(text, 0)) console.log(paint(tone, row));
    },
  };
}

/** From the left edge to where the text of a line begins. */
const TEXT_COLUMN = "   0.00  o-1  attempt failed  ".length;

/** A text in rows that end between words, where it begins in a column of a terminal; elsewhere as it is. */
function wrap(text: string, column: number): readonly string[] {
  const room = stdout.isTTY ? Math.max(20, (stdout.columns || 80) - column) : Number.POSITIVE_INFINITY;
  const rows = [""];
  for (const word of text.split(" ")) {
    const row = rows.at(-1)!;
    if (row === "") rows[rows.length - 1] = word;
    else if (row.length + 1 + word.length <= room) rows[rows.length - 1] = `${row} ${word}`;
    else rows.push(word);
  }
  return rows;
}

// https://no-color.org
const isColoured = stdout.isTTY && !process.env.NO_COLOR;

const styles = { quiet: "dim", asked: "cyan", good: "green", late: "yellow", bad: "red", strong: "bold" } as const;

function paint(tone: Tone, text: string): string {
  return isColoured && tone !== "plain" ? styleText(styles[tone], text) : text;
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === "string" ? cell : (cell?.text ?? "");
}

function toneOf(cell: Cell): Tone {
  return typeof cell === "string" ? "plain" : cell.tone;
}
