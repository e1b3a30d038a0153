import { type Spread, spreadOf } from "./statistics.ts";

/** One line of the result. */
export interface Row {
  readonly label: string;
  readonly ours: Spread;
  /** What ours is compared with: the ceiling, unless the label names something else. */
  readonly against?: Spread;
  /** Ours divided by the other, pair by pair. */
  readonly ratio?: Spread;
  readonly goal?: Goal;
  /** For the JSON alone. */
  readonly details?: unknown;
}

/** What the median is to be. */
export interface Goal {
  readonly of: "ratio" | "ours";
  readonly better: "higher" | "lower";
  readonly must?: number;
  readonly aim?: number;
}

/** Two measurements made one right after the other. */
export interface Pair<Figures> {
  readonly ours: Figures;
  readonly against: Figures;
}

export function compare<Figures>(label: string, pairs: readonly Pair<Figures>[], pick: (figures: Figures) => number, goal?: Goal): Row {
  return {
    label,
    ours: spreadOf(pairs.map(({ ours }) => pick(ours))),
    against: spreadOf(pairs.map(({ against }) => pick(against))),
    ratio: spreadOf(pairs.map(({ ours, against }) => pick(ours) / pick(against))),
    ...(goal !== undefined && { goal }),
  };
}

export function report<Figures>(label: string, measured: readonly Figures[], pick: (figures: Figures) => number, goal?: Goal): Row {
  return { label, ours: spreadOf(measured.map(pick)), ...(goal !== undefined && { goal }) };
}
