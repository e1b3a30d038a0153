import type { Chart } from "../../machine/chart.ts";
import { chartStatuses } from "../../definition/model/instance.ts";
import { type DrawOptions, foundLegend, labelFound, readHighlight } from "../draw-options.ts";
import { type ChartLayout, layOutChart, MARGIN, SUMMARY_HEIGHT, TITLE_HEIGHT } from "./chart-layout.ts";
import { drawBox, drawLine, drawRow } from "./shapes.ts";
import { routeLines } from "./route-lines.ts";
import { style } from "./style.ts";
import { element, escapeXml } from "./xml.ts";
import { labelTransition } from "../transition-label.ts";

/**
 * A chart as an SVG that stands alone: no scripts, no fonts of its own, light or dark as the reader's system is. What is too
 * long for its place ends in `…` and is whole in a `<title>`. The same chart gives the same text.
 * @throws ProcessError `CONFIG_INVALID` for an unknown state to highlight
 */
export function drawSvg(chart: Chart, options: DrawOptions = {}): string {
  const highlight = readHighlight(chart, options);
  const layout = layOutChart(chart, options);
  const rows = layout.rows.map((row) => drawRow(row, layout.columns));
  return drawPicture(chart, layout, {
    style,
    description: describeChart(chart, highlight, options),
    content: [
      ...chartStatuses.map((status) => drawBox(layout.boxes[status], status === highlight, status === "started" ? rows : [])),
      ...routeLines(chart, layout).map(drawLine),
    ],
  });
}

export interface PictureParts {
  readonly style: string;
  /** The picture in words, for who cannot see it. */
  readonly description: string;
  readonly content: readonly string[];
}

/** The picture with its heading, and with the disc from which an instance begins. */
export function drawPicture(
  { process }: Chart,
  layout: Omit<ChartLayout, "columns" | "rows">,
  { style, description, content }: PictureParts,
): string {
  const { width, height, start } = layout;
  const disc = element("circle", { class: "start", cx: start.x, cy: start.y, r: start.radius });
  const { legendY } = layout;
  const legend =
    legendY === undefined
      ? []
      : [element("g", { class: "legend" }, [element("text", { class: "note quiet", x: MARGIN, y: legendY }, [escapeXml(foundLegend)])])];
  return drawRoot({ title: process, description, style, width, height, content: [...drawHeading(layout), disc, ...content, ...legend] });
}

export interface RootParts extends PictureParts {
  readonly title: string;
  readonly width: number;
  readonly height: number;
}

/** The element that a picture is, with the page that everything is drawn on. */
export function drawRoot({ title, description, style, width, height, content }: RootParts): string {
  const children = [
    element("title", {}, [escapeXml(title)]),
    element("desc", {}, [escapeXml(description)]),
    element("style", {}, [style]),
    element("rect", { class: "page", x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 12 }),
    ...content,
  ];
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    class: "perdure-chart",
    role: "img",
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
  };
  return `${element("svg", attributes, [...children.map((child) => `\n${child}`), "\n"])}\n`;
}

/** The title of a picture and the lines below it. */
export function drawHeading({ process, summary }: Pick<ChartLayout, "process" | "summary">): readonly string[] {
  const line = (style: string, y: number, text: string) => element("text", { class: style, x: MARGIN, y: MARGIN + y }, [escapeXml(text)]);
  return [
    line("process", 14, process),
    ...summary.map((text, index) => line("summary quiet", TITLE_HEIGHT + index * SUMMARY_HEIGHT + 17, text)),
  ];
}

/** The chart in words, a line for each transition. */
export function describeChart(
  { description, transitions }: Chart,
  highlight: string | undefined,
  { found = new Map(), subject = [] }: DrawOptions = {},
): string {
  const sentences = transitions.map((transition) => {
    const { source, target } = transition;
    return `${source}: ${labelTransition(transition)}${target === undefined ? "" : `, then ${target}`}.`;
  });
  const dispatched = [...found]
    .filter(([, commands]) => commands.length > 0)
    .map(([handler, commands]) => `${handler}: dispatches ${commands.map(labelFound).join(", ")}, found in its code.`);
  return [...subject, description, ...sentences, ...dispatched, highlight === undefined ? undefined : `The instance is ${highlight}.`]
    .filter((part) => part !== undefined)
    .join("\n");
}
