import { toPrintable } from "../../platform/printable.ts";
import { cutText, styled, type Text, widthOf } from "./text.ts";

export interface Column {
  readonly title: string;
  /** Whether the column gives way when the terminal is too narrow. Its cells then end in `…`. */
  readonly gives?: boolean;
  readonly align?: "left" | "right";
}

/** A column of one table: the cells below its title, each made printable, and the room for them. */
interface Measured extends Column {
  readonly cells: readonly Cell[];
  readonly width: number;
}

interface Cell {
  readonly text: string;
  readonly width: number;
  /** The cell again, with another text in its place. */
  restyle(text: string): Text;
}

const GAP = "  ";
const FOLD = "  ";
/** A column that gives way keeps this much. */
const NARROWEST = 24;

/**
 * Rows under their titles, as lines. Columns for which `width` has no room go on below, each row on as many lines as the titles; only what is wider
 * alone, such as a long id, is not fitted in.
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly Text[])[],
  width: number | undefined,
): readonly (readonly Text[])[] {
  const measured = columns.map((column, at) =>
    measureColumn(
      column,
      rows.map((row) => row[at] ?? ""),
    ),
  );
  const folds =
    width === undefined ? [measured] : foldColumns(measured, width).map((fold, at) => shrinkColumns(fold, width - foldIndent(at).length));
  return [undefined, ...rows.keys()].flatMap((row) => folds.map((fold, at) => formatLine(fold, row, foldIndent(at))));
}

function measureColumn(column: Column, texts: readonly Text[]): Measured {
  const cells = texts.map(toCell);
  return { ...column, cells, width: cells.reduce((widest, { width }) => Math.max(widest, width), column.title.length) };
}

function toCell(given: Text): Cell {
  const text = toPrintable(typeof given === "string" ? given : given.text);
  return { text, width: widthOf(text), restyle: (other) => (typeof given === "string" ? other : styled(given.style, other)) };
}

/** The columns of each line. */
function foldColumns(columns: readonly Measured[], width: number): readonly (readonly Measured[])[] {
  const folds: Measured[][] = [[]];
  let left = width;
  for (const column of columns) {
    const fold = folds.at(-1)!;
    const needed = (fold.length === 0 ? 0 : GAP.length) + (column.gives === true ? Math.min(column.width, NARROWEST) : column.width);
    if (needed <= left || fold.length === 0) {
      fold.push(column);
      left -= needed;
    } else {
      folds.push([column]);
      left = width - FOLD.length - (needed - GAP.length);
    }
  }
  return folds;
}

/** Columns that give way make room in their line. The others get no more room than the line has, for the sake of the other rows. */
function shrinkColumns(columns: readonly Measured[], width: number): readonly Measured[] {
  const over = columns.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length) - width;
  if (over <= 0) return columns;
  const giving = columns.filter(({ gives }) => gives === true).length;
  return columns.map((column) => {
    if (column.gives !== true) return { ...column, width: Math.min(column.width, width) };
    return { ...column, width: Math.max(Math.min(column.width, NARROWEST), column.width - Math.ceil(over / giving)) };
  });
}

function foldIndent(at: number): string {
  return at === 0 ? "" : FOLD;
}

/** One line of a row, or of the titles. */
function formatLine(columns: readonly Measured[], row: number | undefined, indent: string): readonly Text[] {
  const last = columns.length - 1;
  const parts = columns.flatMap(({ title, cells, width, gives, align }, at) => {
    const cell = row === undefined ? toCell(styled("dim", title)) : cells[row]!;
    const text = gives === true ? cutText(cell.text, width) : cell.text;
    const padding = " ".repeat(Math.max(0, width - widthOf(text)));
    const gap = at === last ? "" : GAP;
    return align === "right" ? [padding, cell.restyle(text), gap] : [cell.restyle(text), at === last ? "" : padding + gap];
  });
  return [indent, ...trimEnd(parts)];
}

/** Removes the spaces that empty cells leave at the end. */
function trimEnd(parts: readonly Text[]): readonly Text[] {
  const end = parts.findLastIndex((part) => (typeof part === "string" ? part : part.text).trimEnd() !== "");
  return parts.slice(0, end + 1).map((part, at) => (at === end && typeof part === "string" ? part.trimEnd() : part));
}
