import type { Row } from "./row.ts";
import type { Spread } from "./statistics.ts";

const header = ["", "ours", "against", "ratio (min–max)", "must", "aim", ""] as const;

/** One line per row, in columns. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [header, ...rows.map(formatRow)];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export type Verdict = "aim met" | "met" | "MISSED" | "";

/** By the median. */
export function judge({ ours, ratio, goal }: Row): Verdict {
  if (goal === undefined) return "";
  const { median } = goal.of === "ratio" && ratio !== undefined ? ratio : ours;
  const reaches = (bound: number) => (goal.better === "higher" ? median >= bound : median <= bound);
  if (goal.aim !== undefined && reaches(goal.aim)) return "aim met";
  if (goal.must === undefined) return "";
  return reaches(goal.must) ? "met" : "MISSED";
}

function formatRow(row: Row): readonly string[] {
  const { label, ours, against, ratio, goal } = row;
  const bound = (value: number | undefined) =>
    value === undefined ? "" : `${goal?.better === "higher" ? "≥" : "≤"} ${formatNumber(value)}`;
  return [
    label,
    ratio === undefined ? formatSpread(ours) : formatNumber(ours.median),
    against === undefined ? "" : formatNumber(against.median),
    ratio === undefined ? "" : formatSpread(ratio),
    bound(goal?.must),
    bound(goal?.aim),
    judge(row),
  ];
}

function formatSpread({ median, min, max }: Spread): string {
  return `${formatNumber(median)} (${formatNumber(min)}–${formatNumber(max)})`;
}

/** Three digits, or all before the point. */
function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 || value === 0 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
