import type { ChartStatus } from "../../definition/model/instance.ts";
import type { Chart } from "../../machine/chart.ts";
import type { DrawOptions } from "../draw-options.ts";
import { labelTrigger } from "../transition-label.ts";
import { type BoxText, COMMAND_HEIGHT, layOutText, NAME_HEIGHT, PADDING } from "./box-text.ts";
import { type Columns, type EventRow, layOutEvents } from "./event-table.ts";
import { fonts } from "./fonts.ts";
import { placeEnds } from "./place-ends.ts";
import { fitText, measureText, wrapText } from "./text-width.ts";

/** Where everything is, in pixels from the picture's upper left corner. */
export interface ChartLayout {
  readonly width: number;
  readonly height: number;
  /** The title and the lines below it, as there is room for them. */
  readonly process: string;
  readonly summary: readonly string[];
  /** Where it is written what dashed arrows are, if there are any. */
  readonly legendY: number | undefined;
  /** The disc from which an instance begins. */
  readonly start: { readonly x: number; readonly y: number; readonly radius: number };
  readonly boxes: Readonly<Record<ChartStatus, Box>>;
  /** The table in the box `started`. */
  readonly columns: Columns;
  readonly rows: readonly PlacedRow[];
}

export interface Box extends BoxText {
  readonly x: number;
  readonly y: number;
}

export interface PlacedRow extends EventRow {
  /** Of its middle. */
  readonly y: number;
}

export const MARGIN = 24;
export const TITLE_HEIGHT = 20;
export const SUMMARY_HEIGHT = 20;
const ROW_HEIGHT = 26;
/** From the left edge to `started`: room for the mark where an instance begins. */
const START_WIDTH = 68;
const NARROWEST_STARTED = 380;
const NARROWEST_END = 270;
/** Between `started` and the boxes beside it; a wide label makes it wider. */
const NARROWEST_ASIDE = 100;
/** Between `started` and the box below it. */
const BELOW = 64;
/** Between the last thing in `started` and its lower edge. */
const FOOT = 16;
/** What the lower edge of `started` may be lower for a level line. */
const MOST_SPARE = 20;
/** From the lower edge of a box to where a line leaves it that leads further down. */
export const LEAVES_ABOVE = 12;
/** Below everything, for what the dashed arrows are. */
const LEGEND_HEIGHT = 26;

/**
 * `started` is in the middle with its events. Beside it are the states in which an instance ends: `completed` at the height of the
 * events that lead there, and `timed_out`. `failed`, from where an instance can come back, is below.
 */
export function layOutChart(chart: Chart, options: DrawOptions = {}): ChartLayout {
  const { rows, columns, width } = layOutEvents(chart, options.found);
  const placed: PlacedRow[] = [];
  let height = 0;
  for (const row of rows) {
    placed.push({ ...row, y: height + ROW_HEIGHT / 2 });
    height += ROW_HEIGHT + row.commands.length * COMMAND_HEIGHT;
  }
  const inside = { width, height, completing: placed.filter(({ completes }) => completes).map(({ y }) => y), timeout: height + FOOT };
  const { insideX, insideY, ...around } = layOutAround(chart, inside, options);
  return {
    ...around,
    columns: shiftColumns(columns, insideX),
    rows: placed.map((row) => ({ ...row, y: row.y + insideY })),
  };
}

/** What is drawn in the box `started`, in pixels from its upper edge. */
export interface Inside {
  readonly width: number;
  readonly height: number;
  /** Where lines to `completed` leave. */
  readonly completing: readonly number[];
  /** Where the line of the timeout may leave. */
  readonly timeout: number;
}

/** Where everything is that is outside of what is in `started`, which itself begins at `insideX`, `insideY`. */
export interface Surroundings extends Omit<ChartLayout, "columns" | "rows"> {
  readonly insideX: number;
  readonly insideY: number;
}

export function layOutAround(chart: Chart, inside: Inside, { found, subject = [] }: DrawOptions = {}): Surroundings {
  // Both columns of boxes are as wide as the widest in each, so that their edges meet.
  const [started, failed] = layOutColumn(chart, ["started", "failed"], Math.max(NARROWEST_STARTED, inside.width + 2 * PADDING), found);
  const [completed, timedOut] = layOutColumn(chart, ["completed", "timed_out"], NARROWEST_END, found);
  const endWidth = completed.width;

  const timeout = chart.transitions.find(({ target }) => target === "timed_out");
  const aside = timeout === undefined ? 0 : measureText(labelTrigger(timeout), fonts.note) + 40;
  const endX = START_WIDTH + started.width + Math.max(NARROWEST_ASIDE, aside);
  const width = endX + endWidth + MARGIN;
  const room = width - 2 * MARGIN;
  const summary = [
    ...subject.map((line) => fitText(line, fonts.summary, room)),
    ...wrapText(chart.description ?? "", fonts.summary, room, 2),
  ];

  const top = MARGIN + TITLE_HEIGHT + summary.length * SUMMARY_HEIGHT + 16;
  const insideY = top + started.height;
  const insideEnd = insideY + inside.height;
  const [completedY, timedOutY] = placeEnds(completed, timedOut, {
    top,
    completing: inside.completing.map((y) => insideY + y),
    timeout: timeout === undefined ? undefined : insideY + inside.timeout,
  });
  // The line of the timeout is level where that costs little room.
  const level = timeout === undefined ? 0 : timedOutY + timedOut.height / 2 + LEAVES_ABOVE;
  const bottom = insideEnd + FOOT + (level <= insideEnd + FOOT + MOST_SPARE ? Math.max(0, level - insideEnd - FOOT) : 0);
  const failedY = bottom + BELOW;
  const end = Math.max(failedY + failed.height, timedOutY + timedOut.height);
  const hasFound = [...(found?.values() ?? [])].some((commands) => commands.length > 0);
  return {
    width,
    height: end + (hasFound ? LEGEND_HEIGHT : 0) + MARGIN,
    legendY: hasFound ? end + LEGEND_HEIGHT : undefined,
    process: fitText(chart.process, fonts.process, width - 2 * MARGIN),
    summary,
    start: { x: MARGIN + 8, y: top + NAME_HEIGHT / 2 + 3, radius: 7 },
    boxes: {
      started: { ...started, x: START_WIDTH, y: top, height: bottom - top },
      completed: { ...completed, x: endX, y: completedY },
      timed_out: { ...timedOut, x: endX, y: timedOutY },
      failed: { ...failed, x: START_WIDTH, y: failedY },
    },
    insideX: START_WIDTH + PADDING,
    insideY,
  };
}

/** Boxes of one width: that of the widest. */
function layOutColumn(
  chart: Chart,
  statuses: readonly [ChartStatus, ChartStatus],
  narrowest: number,
  found: DrawOptions["found"],
): readonly [BoxText, BoxText] {
  const width = Math.max(...statuses.map((status) => layOutText(chart, status, narrowest, found).width));
  const [upper, lower] = statuses;
  return [layOutText(chart, upper, width, found), layOutText(chart, lower, width, found)];
}

function shiftColumns({ mark, event, arrow, handler }: Columns, x: number): Columns {
  return { mark: mark + x, event: event + x, arrow: arrow + x, handler: handler + x };
}
