import { drawArrow, drawArrowhead, drawWay } from "../shapes.ts";
import { element, escapeXml } from "../xml.ts";
import { LABEL_INSET, LABEL_LINE, LABEL_SIGN, type LabelLine } from "./arrow-label.ts";
import { HISTORY_SIZE, type OwnBox, type OwnLayout, type PlacedArrow, START_RADIUS } from "./own-layout.ts";
import { INSET, NAME_LINE, NOTE_LINE, ROW_LINE, type StateRow } from "./state-text.ts";

/** An own chart as elements; `lit` are the paths of the states that an instance is in. */
export function drawOwnChart({ boxes: [root, ...boxes], arrows, starts }: OwnLayout, lit: ReadonlySet<string>): readonly string[] {
  const isLit = ({ state }: OwnBox) => lit.has(state.path);
  return [
    ...boxes.map((box) => drawState(box, isLit(box))),
    ...starts.flatMap(({ x, y, points }) => [
      element("circle", { class: "start", cx: x, cy: y, r: START_RADIUS }),
      element("g", { class: "own" }, [drawLine(points)]),
    ]),
    ...arrows.map(({ points, kind, title }) =>
      element("g", { class: `own ${kind}` }, [element("title", {}, [escapeXml(title)]), drawLine(points)]),
    ),
    ...drawRows(root!, 0),
    // A line to a state passes over the head of the state that it lies in, behind what is written there.
    ...boxes.filter(({ state }) => state.states.length > 0).map((box) => drawHead(box, isLit(box))),
    // Labels lie on their lines, and on no others.
    ...arrows.flatMap(drawLabel),
  ];
}

function drawLine(points: OwnLayout["starts"][number]["points"]): string {
  return (
    element("path", { class: "line", d: drawWay(points) }) +
    element("path", { class: "fill", d: drawArrowhead(points.at(-2)!, points.at(-1)!) })
  );
}

function drawState(box: OwnBox, isLit: boolean): string {
  const { state, isRegion, x, y, width, height } = box;
  const { kind, path, description, states } = state;
  const isLeaf = states.length === 0;
  const classes = ["own-state", isRegion && "region", isLeaf && "leaf", kind === "final" && "final", isLit && "lit"];
  const title = element("title", {}, [escapeXml([path, description].filter((part) => part !== undefined).join("\n"))]);
  if (kind.endsWith("history")) return element("g", { class: classes.filter(Boolean).join(" ") }, [title, ...drawHistory(box)]);
  return element("g", { class: classes.filter(Boolean).join(" ") }, [
    title,
    element("rect", { class: "box", x, y, width, height, rx: 8 }),
    ...(kind === "final" ? [element("rect", { class: "inner", x: x + 3, y: y + 3, width: width - 6, height: height - 6, rx: 5.5 })] : []),
    ...(kind === "parallel" ? [drawParallelSign(x + width - INSET - 10, y + 8)] : []),
    ...(isLeaf ? drawText(box) : []),
  ]);
}

function drawText(box: OwnBox): readonly string[] {
  const { state, text, x, y, width, height } = box;
  const isAlone = state.states.length + text.notes.length + text.rows.length === 0;
  const [nameX, nameY] = isAlone ? [x + width / 2, y + height / 2 + 4.5] : [x + INSET, y + 19];
  return [
    element("text", { class: "inner-name", x: nameX, y: nameY, "text-anchor": isAlone ? "middle" : undefined }, [escapeXml(text.name)]),
    ...text.notes.map((note, index) =>
      element("text", { class: "note quiet", x: x + INSET, y: y + NAME_LINE + index * NOTE_LINE + 10 }, [escapeXml(note)]),
    ),
    ...drawRows(box, NAME_LINE + text.notes.length * NOTE_LINE),
  ];
}

/** What is written in a state that has states in it, on the ground of its box. */
function drawHead(box: OwnBox, isLit: boolean): string {
  const { x, y, text } = box;
  return element("g", { class: isLit ? "own-state lit" : "own-state" }, [
    element("rect", { class: "mask", x: x + INSET - 4, y: y + 4, width: text.width - 2 * INSET + 8, height: text.height - 8 }),
    ...drawText(box),
  ]);
}

function drawHistory({ state, x, y }: OwnBox): readonly string[] {
  const middle = HISTORY_SIZE / 2;
  return [
    element("circle", { class: "box", cx: x + middle, cy: y + middle, r: middle - 1 }),
    element("text", { class: "inner-name", x: x + middle, y: y + middle + 4.5, "text-anchor": "middle" }, [
      state.kind === "history" ? "H" : "H*",
    ]),
  ];
}

/** Two bars, for states that an instance is in side by side. */
function drawParallelSign(x: number, y: number): string {
  return element("path", { class: "sign", d: `M${x + 2},${y}v10M${x + 7},${y}v10` });
}

function drawRows({ x, y, text: { rows, columns } }: OwnBox, from: number): readonly string[] {
  return rows.map(({ kind, trigger, action, title }, index) => {
    const middle = y + from + index * ROW_LINE + ROW_LINE / 2;
    const write = (column: number, written: string, style: string) =>
      element("text", { class: style, x: x + column, y: middle + 4 }, [escapeXml(written)]);
    return element("g", { class: "own-row" }, [
      element("title", {}, [escapeXml(title)]),
      ...(trigger === "" ? [] : [drawSign(kind, x + INSET, middle), write(columns.trigger, trigger, "name")]),
      ...(action === undefined
        ? []
        : [drawArrow(x + columns.arrow, middle), write(columns.action, action.name, action.kind === "handler" ? "name" : "name quiet")]),
    ]);
  });
}

/** A dot for an event, a clock for a timer, a circle with a play sign for what is invoked; 12 wide, `y` is the middle. */
function drawSign(kind: StateRow["kind"], x: number, y: number): string {
  if (kind === "event") return element("circle", { class: "dot", cx: x + 6, cy: y, r: 2.5 });
  if (kind === "timer") return drawClock(x, y);
  return element("path", { class: "sign", d: `M${x + 6},${y - 6}a6,6 0 1 0 .01,0M${x + 4.5},${y - 2.5}l4,2.5l-4,2.5z` });
}

function drawClock(x: number, y: number): string {
  return element("path", { class: "sign clock", d: `M${x + 6},${y - 6}a6,6 0 1 0 .01,0M${x + 6},${y - 3}v3l2.5,1.5` });
}

function drawLabel({ kind, lines, label, width, height, title }: PlacedArrow): readonly string[] {
  if (label === undefined) return [];
  const [x, y] = label;
  return [
    element("g", { class: `own-label ${kind}` }, [
      element("title", {}, [escapeXml(title)]),
      element("rect", { class: "label", x, y, width, height, rx: 6 }),
      ...lines.map((line, index) => drawLabelLine(line, x + LABEL_INSET, y + LABEL_INSET / 2 + (index + 0.5) * LABEL_LINE)),
    ]),
  ];
}

function drawLabelLine({ kind, text }: LabelLine, x: number, middle: number): string {
  const sign = kind === "trigger" ? "" : kind === "timer" ? drawClock(x, middle) : drawArrow(x, middle);
  const left = kind === "trigger" ? x : x + LABEL_SIGN;
  return sign + element("text", { class: kind === "pure" ? "name quiet" : "name", x: left, y: middle + 4 }, [escapeXml(text)]);
}
