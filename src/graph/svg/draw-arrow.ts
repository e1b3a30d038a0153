import { element } from "./xml.ts";

/** A small arrow to the right, for "is handled by", 14 wide; `y` is its middle. Drawn, because not every font has one. */
export function drawArrow(x: number, y: number): string {
  return element("path", { class: "sign", d: `M${x},${y}h13m-4,-4l4,4l-4,4` });
}
