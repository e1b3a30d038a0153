import type { ChartStatus } from "../../definition/model/instance.ts";
import type { Chart, ChartTransition } from "../../machine/chart.ts";
import { describeTransition, labelTrigger } from "../transition-label.ts";
import { type Box, type ChartLayout, LEAVES_ABOVE } from "./chart-layout.ts";
import { fonts } from "./fonts.ts";
import { measureText } from "./text-width.ts";

/** The way of a transition from box to box. */
export interface Line {
  readonly target: ChartStatus;
  /** Its corners; the arrowhead is at the last. */
  readonly points: readonly Point[];
  readonly label?: { readonly text: string; readonly at: Point; readonly anchor: "start" | "middle" };
  /** All of it in words. */
  readonly title: string;
}

export type Point = readonly [x: number, y: number];

/** What has to be known of where things are. */
type RoutedLayout = Pick<ChartLayout, "start" | "boxes" | "rows">;

/** From the right edge of `started` to where the lines of all completing events meet. */
const MEETING_X = 22;
/** From the left edge of `started` to where the line to `failed` begins. */
const FAILED_X = 52;
/** From a label to the next line. */
const LABEL_GAP = 44;

export function routeLines(chart: Chart, layout: RoutedLayout): readonly Line[] {
  const { started, completed, timed_out: timedOut } = layout.boxes;
  const end = chart.transitions.find(({ source, trigger }) => source === "started" && trigger.kind === "done");
  const [timeout, failure, resumption] = [
    find(chart, "started", "timed_out"),
    find(chart, "started", "failed"),
    find(chart, "failed", "started"),
  ];
  return [
    routeStart(layout),
    ...routeCompleting(layout),
    ...(end === undefined ? [] : [routeAside(end, started, completed)]),
    ...(timeout === undefined ? [] : [routeAside(timeout, started, timedOut)]),
    ...(failure === undefined || resumption === undefined ? [] : routeFailure(failure, resumption, layout)),
  ];
}

function find({ transitions }: Chart, source: ChartStatus, target: ChartStatus): ChartTransition | undefined {
  return transitions.find((transition) => transition.source === source && transition.target === target);
}

function routeStart({ start, boxes: { started } }: RoutedLayout): Line {
  return {
    target: "started",
    points: [
      [start.x + start.radius, start.y],
      [started.x, start.y],
    ],
    title: "a starting event",
  };
}

function routeCompleting({ boxes: { started, completed }, rows }: RoutedLayout): readonly Line[] {
  const right = started.x + started.width;
  const meetingX = right + MEETING_X;
  const y = completed.y + completed.height / 2;
  return rows
    .filter(({ completes }) => completes)
    .map((row) => ({
      target: "completed",
      points: [
        [right, row.y],
        [meetingX, row.y],
        [meetingX, y],
        [completed.x, y],
      ],
      title: row.title,
    }));
}

/** A line to a box on the right: level, or down where that is lower than the box that it leaves. */
function routeAside(transition: ChartTransition, { x, y: top, width, height }: Box, to: Box): Line {
  const right = x + width;
  const y = to.y + to.height / 2;
  const leavesAt = Math.min(y, top + height - LEAVES_ABOVE);
  return {
    target: to.state.id,
    points:
      leavesAt === y
        ? [
            [right, y],
            [to.x, y],
          ]
        : [
            [right, leavesAt],
            [right + MEETING_X, leavesAt],
            [right + MEETING_X, y],
            [to.x, y],
          ],
    label: { text: labelTrigger(transition), at: [(right + (leavesAt === y ? 0 : MEETING_X) + to.x) / 2, y - 8], anchor: "middle" },
    title: describeTransition(transition),
  };
}

/** The way down, and beside its label the way up. */
function routeFailure(
  failure: ChartTransition,
  resumption: ChartTransition,
  { boxes: { started, failed } }: RoutedLayout,
): readonly Line[] {
  const bottom = started.y + started.height;
  const labelY = (bottom + failed.y) / 2 + 4;
  const failedX = started.x + FAILED_X;
  const resumedX = failedX + measureText(labelTrigger(failure), fonts.note) + LABEL_GAP;
  return [
    {
      target: "failed",
      points: [
        [failedX, bottom],
        [failedX, failed.y],
      ],
      label: { text: labelTrigger(failure), at: [failedX + 10, labelY], anchor: "start" },
      title: describeTransition(failure),
    },
    {
      target: "started",
      points: [
        [resumedX, failed.y],
        [resumedX, bottom],
      ],
      label: { text: labelTrigger(resumption), at: [resumedX + 10, labelY], anchor: "start" },
      title: describeTransition(resumption),
    },
  ];
}
