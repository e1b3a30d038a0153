import type { PlacedRow } from "./chart-layout.ts";
import { drawArrow } from "./draw-arrow.ts";
import type { Columns } from "./event-table.ts";
import { element, escapeXml } from "./xml.ts";

/** An event of the box `started` and its handler; a tick marks an event that completes the process, a dot any other. */
export function drawRow({ event, handler, completes, title, y }: PlacedRow, columns: Columns): string {
  const text = (x: number, text: string, style: string) => element("text", { class: style, x, y: y + 4 }, [escapeXml(text)]);
  return element("g", { class: completes ? "row completed" : "row" }, [
    element("title", {}, [escapeXml(title)]),
    completes
      ? element("path", { class: "line", d: `M${columns.mark + 1},${y}l4,4l7,-8` })
      : element("circle", { class: "dot", cx: columns.mark + 6, cy: y, r: 2.5 }),
    text(columns.event, event, "name"),
    ...(handler === undefined ? [] : [drawArrow(columns.arrow, y), text(columns.handler, handler, "name")]),
  ]);
}
