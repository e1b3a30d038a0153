import type { BoxText } from "./box-text.ts";

/** What stands on the left of the two boxes in which an instance ends; heights are in pixels from the picture's upper edge. */
export interface Beside {
  /** Where the upper box may begin. */
  readonly top: number;
  /** The middles of the events that complete the process, from the top. */
  readonly completing: readonly number[];
  /** Where the line of the timeout may leave, below all events; `undefined` without a timeout. */
  readonly timeout: number | undefined;
}

/** Between the two boxes. */
const GAP = 28;

/**
 * The upper edges of the boxes `completed` and `timed_out`: the first as near as possible to its events, the second below
 * it and where a straight line leads to it.
 */
export function placeEnds(
  completed: BoxText,
  timedOut: BoxText,
  { top, completing, timeout }: Beside,
): readonly [completedY: number, timedOutY: number] {
  const middle = completing.length === 0 ? 0 : (completing[0]! + completing.at(-1)!) / 2;
  const besideEvents = Math.max(top, Math.round(middle - completed.height / 2));
  if (timeout === undefined) return [besideEvents, besideEvents + completed.height + GAP];
  const timedOutY = Math.max(top + completed.height + GAP, Math.round(timeout - timedOut.height / 2));
  return [Math.min(besideEvents, timedOutY - GAP - completed.height), timedOutY];
}
