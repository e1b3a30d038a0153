import type { Line, Point } from "./route-lines.ts";
import { element, escapeXml } from "./xml.ts";

const RADIUS = 7;
const HEAD = 8;

/** A line with round corners, an arrowhead and its label, in the colour of the state it leads to. */
export function drawLine({ target, points, label, title }: Line): string {
  return element("g", { class: target }, [
    element("title", {}, [escapeXml(title)]),
    element("path", { class: "line", d: drawWay(points) }),
    element("path", { class: "fill", d: drawHead(points.at(-2)!, points.at(-1)!) }),
    ...(label === undefined
      ? []
      : [element("text", { class: "note", x: label.at[0], y: label.at[1], "text-anchor": label.anchor }, [escapeXml(label.text)])]),
  ]);
}

function drawWay(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const steps = rest.map((point, index) => {
    const next = rest[index + 1];
    if (next === undefined) return `L${format(approach(points[index]!, point, HEAD - 1))}`;
    return `L${format(approach(points[index]!, point, RADIUS))}Q${format(point)} ${format(approach(next, point, RADIUS))}`;
  });
  return `M${format(first!)}${steps.join("")}`;
}

function drawHead(from: Point, to: Point): string {
  const [x, y] = approach(from, to, HEAD);
  const [dx, dy] = [(to[0] - x) / 2, (to[1] - y) / 2];
  return `M${format(to)}L${format([x - dy, y + dx])}L${format([x + dy, y - dx])}Z`;
}

/** The point on the way to `to` that is `distance` short of it, but no further back than half of the way. */
function approach(from: Point, to: Point, distance: number): Point {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy);
  const share = length === 0 ? 0 : Math.min(distance / length, 0.5);
  return [to[0] - dx * share, to[1] - dy * share];
}

function format([x, y]: Point): string {
  return `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`;
}
