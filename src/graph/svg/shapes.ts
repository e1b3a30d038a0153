import type { PlacedRow } from "./chart-layout.ts";
import { COMMAND_INDENT, type Columns } from "./event-table.ts";
import { element, escapeXml } from "./xml.ts";
import { labelFound } from "../draw-options.ts";
import { ARROW_WIDTH, COMMAND_HEIGHT, HANDLER_HEIGHT, NAME_HEIGHT, NOTE_HEIGHT, PADDING } from "./box-text.ts";
import type { Box } from "./chart-layout.ts";
import type { Line, Point } from "./route-lines.ts";

/** A small arrow to the right, for "is handled by", 14 wide; `y` is its middle. Drawn, because not every font has one. */
export function drawArrow(x: number, y: number): string {
  return element("path", { class: "sign", d: `M${x},${y}h13m-4,-4l4,4l-4,4` });
}

/** A dashed arrow to the right with the name of a command that was found in code; `y` is its middle. */
function drawFound(x: number, y: number, command: string): string {
  return element("g", { class: "found" }, [
    element("path", { class: "sign dashed", d: `M${x},${y}h9` }),
    element("path", { class: "sign", d: `M${x + 9},${y - 3}l4,3l-4,3` }),
    element("text", { class: "note", x: x + COMMAND_INDENT, y: y + 4 }, [escapeXml(command)]),
  ]);
}

/**
 * An event of the box `started`, its handler, and below it the commands of that; a disc marks an event that begins an instance, a tick one that
 * completes it, a dot any other.
 */
export function drawRow({ event, handler, completes, starts, commands, title, y }: PlacedRow, columns: Columns): string {
  const text = (x: number, text: string, style: string) => element("text", { class: style, x, y: y + 4 }, [escapeXml(text)]);
  return element("g", { class: completes ? "row completed" : "row" }, [
    element("title", {}, [escapeXml(title)]),
    // An event that does both has both marks, one beside the other.
    ...(starts ? [element("circle", { class: "start", cx: columns.mark + (completes ? -7 : 6), cy: y, r: 4.5 })] : []),
    ...(completes ? [element("path", { class: "line", d: `M${columns.mark + 1},${y}l4,4l7,-8` })] : []),
    ...(starts || completes ? [] : [element("circle", { class: "dot", cx: columns.mark + 6, cy: y, r: 2.5 })]),
    text(columns.event, event, "name"),
    ...(handler === undefined ? [] : [drawArrow(columns.arrow, y), text(columns.handler, handler, "name")]),
    ...commands.map((command, index) => drawFound(columns.handler, y + (index + 1) * COMMAND_HEIGHT, command)),
  ]);
}

/** The box of a state with its name, its description and its handler. `children` are drawn inside of it. */
export function drawBox(box: Box, isHighlighted: boolean, children: readonly string[] = []): string {
  const { state, x, y, width, height, notes, handler, commands, isReached } = box;
  const left = x + PADDING;
  const notesY = y + NAME_HEIGHT;
  const handlerY = notesY + notes.length * NOTE_HEIGHT + HANDLER_HEIGHT / 2;
  return element(
    "g",
    { class: ["state-box", state.id, !isReached && "unreached", isHighlighted && "highlight"].filter(Boolean).join(" ") },
    [
      element("title", {}, [escapeXml(describeBox(box))]),
      element("rect", { class: "box", x, y, width, height, rx: 10 }),
      ...(state.kind === "final"
        ? [element("rect", { class: "inner", x: x + 4, y: y + 4, width: width - 8, height: height - 8, rx: 7 })]
        : []),
      element("text", { class: "state", x: left, y: y + 27 }, [state.id]),
      ...(isHighlighted
        ? [element("text", { class: "note", x: x + width - PADDING, y: y + 26, "text-anchor": "end" }, ["the instance is here"])]
        : []),
      ...notes.map((note, index) =>
        element("text", { class: "note quiet", x: left, y: notesY + index * NOTE_HEIGHT + 11 }, [escapeXml(note)]),
      ),
      ...(handler === undefined
        ? []
        : [drawArrow(left, handlerY), element("text", { class: "name", x: left + ARROW_WIDTH, y: handlerY + 4 }, [escapeXml(handler)])]),
      ...commands.map((command, index) => drawFound(left + ARROW_WIDTH, handlerY + (index + 1) * COMMAND_HEIGHT, command)),
      ...children,
    ],
  );
}

function describeBox({ state: { id, description, handler }, found }: Box): string {
  const lines = [id, description, handler === undefined ? undefined : `entry / ${handler}`];
  return [...lines.filter((part) => part !== undefined), ...found.map((command) => `→ ${labelFound(command)}`)].join("\n");
}

const RADIUS = 7;
const HEAD = 8;

/** A line with round corners, an arrowhead and its label, in the colour of the state it leads to. */
export function drawLine({ target, points, label, title }: Line): string {
  return element("g", { class: target }, [
    element("title", {}, [escapeXml(title)]),
    element("path", { class: "line", d: drawWay(points) }),
    element("path", { class: "fill", d: drawArrowhead(points.at(-2)!, points.at(-1)!) }),
    ...(label === undefined
      ? []
      : [element("text", { class: "note", x: label.at[0], y: label.at[1], "text-anchor": label.anchor }, [escapeXml(label.text)])]),
  ]);
}

/** Lines from corner to corner, up to where a head begins at the last. */
export function drawWay(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const steps = rest.map((point, index) => {
    const next = rest[index + 1];
    if (next === undefined) return `L${format(approach(points[index]!, point, HEAD - 1))}`;
    return `L${format(approach(points[index]!, point, RADIUS))}Q${format(point)} ${format(approach(next, point, RADIUS))}`;
  });
  return `M${format(first!)}${steps.join("")}`;
}

/** An arrowhead at `to`. */
export function drawArrowhead(from: Point, to: Point): string {
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
