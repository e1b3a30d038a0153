import type { Chart } from "../../machine/chart.ts";
import { statuses } from "../../definition/model/instance.ts";
import { type DrawOptions, readHighlight } from "../draw-options.ts";
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
  const layout = layOutChart(chart);
  const { width, height, start, boxes, rows, columns } = layout;
  const drawnRows = rows.map((row) => drawRow(row, columns));
  const children = [
    element("title", {}, [escapeXml(chart.process)]),
    element("desc", {}, [escapeXml(describeChart(chart, highlight))]),
    element("style", {}, [style]),
    element("rect", { class: "page", x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 12 }),
    ...drawHeading(layout),
    element("circle", { class: "start", cx: start.x, cy: start.y, r: start.radius }),
    ...statuses.map((status) => drawBox(boxes[status], status === highlight, status === "started" ? drawnRows : [])),
    ...routeLines(chart, layout).map(drawLine),
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

function drawHeading({ process, summary }: ChartLayout): readonly string[] {
  const line = (style: string, y: number, text: string) => element("text", { class: style, x: MARGIN, y: MARGIN + y }, [escapeXml(text)]);
  return [
    line("process", 14, process),
    ...summary.map((text, index) => line("summary quiet", TITLE_HEIGHT + index * SUMMARY_HEIGHT + 17, text)),
  ];
}

/** The picture in words, for who cannot see it. */
function describeChart({ description, transitions }: Chart, highlight: string | undefined): string {
  const sentences = transitions.map((transition) => {
    const { source, target } = transition;
    return `${source}: ${labelTransition(transition)}${target === undefined ? "" : `, then ${target}`}.`;
  });
  return [description, ...sentences, highlight === undefined ? undefined : `The instance is ${highlight}.`]
    .filter((part) => part !== undefined)
    .join("\n");
}
