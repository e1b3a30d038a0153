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
      if (note !== undefined) console.log(paint("quiet", note));
    },
    line: ({ at, order = "", what, tone = "plain", text }) => {
      console.log(`  ${paint("quiet", moment(at).padStart(5))}  ${order.padEnd(3)}  ${paint(tone, what.padEnd(14))}  ${text}`);
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
    say: (text, tone = "plain") => console.log(paint(tone, text)),
  };
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
