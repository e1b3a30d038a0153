import { ARROW_WIDTH, HANDLER_HEIGHT, NAME_HEIGHT, NOTE_HEIGHT, PADDING } from "./box-text.ts";
import type { Box } from "./chart-layout.ts";
import { drawArrow } from "./draw-arrow.ts";
import { element, escapeXml } from "./xml.ts";

/** The box of a state with its name, its description and its handler. `children` are drawn inside of it. */
export function drawBox(box: Box, isHighlighted: boolean, children: readonly string[] = []): string {
  const { state, x, y, width, height, notes, handler, isReached } = box;
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
      ...children,
    ],
  );
}

function describeBox({ state: { id, description, handler } }: Box): string {
  return [id, description, handler === undefined ? undefined : `entry / ${handler}`].filter((part) => part !== undefined).join("\n");
}
