import { stripVTControlCharacters } from "node:util";

export interface Column {
  readonly title: string;
  /** It gives way when the terminal is too narrow, and ends in `…` then. */
  readonly gives?: boolean;
  readonly align?: "left" | "right";
}

const GAP = "  ";
const NARROWEST = 8;

/**
 * Rows under their titles, as lines that are no longer than `width`, unless the columns that do not give way are. Cells may be
 * styled.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number | undefined): readonly string[] {
  const widths = fitWidths(columns, measureColumns(columns, rows), width);
  const formatRow = (row: readonly string[]) =>
    columns.map((column, at) => fitCell(oneLine(row[at] ?? ""), widths[at]!, column.align)).join(GAP).trimEnd();
  return [columns.map(({ title }) => title), ...rows].map(formatRow);
}

function measureColumns(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly number[] {
  return columns.map(({ title }, at) => rows.reduce((widest, row) => Math.max(widest, lengthOf(oneLine(row[at] ?? ""))), title.length));
}

// The widest of those that give way is shortened first.
function fitWidths(columns: readonly Column[], wanted: readonly number[], width: number | undefined): readonly number[] {
  const widths = [...wanted];
  if (width === undefined) return widths;
  let over = widths.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1)) - width;
  while (over > 0) {
    const widest = columns.reduce(
      (best, { gives }, at) => (gives === true && widths[at]! > NARROWEST && (best === undefined || widths[at]! > widths[best]!) ? at : best),
      undefined as number | undefined,
    );
    if (widest === undefined) break;
    widths[widest]! -= 1;
    over -= 1;
  }
  return widths;
}

function fitCell(cell: string, width: number, align: Column["align"] = "left"): string {
  const length = lengthOf(cell);
  // A style that is cut in two would colour what follows.
  const fitting = length > width ? `${stripVTControlCharacters(cell).slice(0, width - 1)}…` : cell;
  const padding = " ".repeat(Math.max(0, width - length));
  return align === "left" ? fitting + padding : padding + fitting;
}

function lengthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

function oneLine(cell: string): string {
  return cell.replace(/\s*\n\s*/g, " ");
}
