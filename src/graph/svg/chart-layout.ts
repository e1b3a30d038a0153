import type { ChartStatus } from "../../definition/model/instance.ts";
import type { Chart } from "../../machine/chart.ts";
import { labelTrigger } from "../transition-label.ts";
import { type BoxText, layOutText, NAME_HEIGHT, PADDING } from "./box-text.ts";
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

/**
 * `started` is in the middle with its events. Beside it are the states in which an instance ends: `completed` at the height of the
 * events that lead there, and `timed_out`. `failed`, from where an instance can come back, is below.
 */
export function layOutChart(chart: Chart): ChartLayout {
  const { rows, columns, width } = layOutEvents(chart);
  const placed = rows.map((row, index) => ({ ...row, y: (index + 0.5) * ROW_HEIGHT }));
  const inside = {
    width,
    height: rows.length * ROW_HEIGHT,
    completing: placed.filter(({ completes }) => completes).map(({ y }) => y),
    timeout: rows.length * ROW_HEIGHT + FOOT,
  };
  const { insideX, insideY, ...around } = layOutAround(chart, inside);
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

export function layOutAround(chart: Chart, inside: Inside): Surroundings {
  const started = layOutText(chart, "started", Math.max(NARROWEST_STARTED, inside.width + 2 * PADDING));
  const failed = layOutText(chart, "failed", NARROWEST_STARTED);
  const endWidth = Math.max(...(["completed", "timed_out"] as const).map((status) => layOutText(chart, status, NARROWEST_END).width));
  const completed = layOutText(chart, "completed", endWidth);
  const timedOut = layOutText(chart, "timed_out", endWidth);

  const timeout = chart.transitions.find(({ target }) => target === "timed_out");
  const aside = timeout === undefined ? 0 : measureText(labelTrigger(timeout), fonts.note) + 40;
  const endX = START_WIDTH + started.width + Math.max(NARROWEST_ASIDE, aside);
  const width = endX + endWidth + MARGIN;
  const summary = wrapText(chart.description ?? "", fonts.summary, width - 2 * MARGIN, 2);

  const top = MARGIN + TITLE_HEIGHT + summary.length * SUMMARY_HEIGHT + 16;
  const insideY = top + started.height;
  const insideEnd = insideY + inside.height;
  const [completedY, timedOutY] = placeEnds(completed, timedOut, {
    top,
    completing: inside.completing.map((y) => insideY + y),
    timeout: timeout === undefined ? undefined : insideY + inside.timeout,
  });
  const timeoutEnd = timeout === undefined ? insideEnd : timedOutY + timedOut.height / 2;
  const bottom = Math.max(insideEnd, timeoutEnd) + FOOT;
  const failedY = bottom + BELOW;
  return {
    width,
    height: Math.max(failedY + failed.height, timedOutY + timedOut.height) + MARGIN,
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

function shiftColumns({ mark, event, arrow, handler }: Columns, x: number): Columns {
  return { mark: mark + x, event: event + x, arrow: arrow + x, handler: handler + x };
}
