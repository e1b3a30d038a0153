import type { StatesAnswer } from "../../wire.ts";
import { toHash } from "../parts/route.ts";

export interface ChartCounts {
  readonly process: string;
  /** Instances by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Instances by the path of each state of the process's own chart. */
  readonly states: StatesAnswer;
}

const DIGIT_WIDTH = 7.5;
const HEIGHT = 20;

/** Writes at each box of a chart how many instances are there. A box with some leads to them. */
export function writeCounts(svg: SVGSVGElement, { process, statuses, states }: ChartCounts): void {
  // An image has nothing in it that can be followed.
  svg.setAttribute("role", "group");
  for (const box of svg.querySelectorAll<SVGGElement>("g.state-box, g.own-state")) {
    const [kind, status = ""] = box.classList;
    const isStatus = kind === "state-box";
    const path = isStatus ? status : (box.querySelector("title")?.textContent?.split("\n", 1)[0] ?? "");
    // What is written over a state that has others in it is drawn apart, and has no title.
    if (path === "") continue;
    const count = (isStatus ? statuses : states)[path] ?? 0;
    const query = isStatus ? { process, status: path } : { process, state: path };
    writeCount(box, count, { href: toHash({ view: "instances", query }), label: `${count.toLocaleString()} in ${path}` });
  }
}

function writeCount(box: SVGGElement, count: number, { href, label }: { readonly href: string; readonly label: string }): void {
  box.querySelector("a.count")?.remove();
  const frame = box.querySelector("rect.box");
  if (count === 0 || frame === null) return;
  const [x, y, width] = ["x", "y", "width"].map((name) => Number(frame.getAttribute(name))) as [number, number, number];
  const text = count.toLocaleString();
  const own = text.length * DIGIT_WIDTH + 14;
  const link = make("a", { class: "count", href, "aria-label": label });
  const left = x + width - own + 8;
  const middle = y - 2;
  link.append(
    make("rect", { x: left, y: middle - HEIGHT / 2, width: own, height: HEIGHT, rx: HEIGHT / 2 }),
    make("text", { x: left + own / 2, y: middle + 4.5, "text-anchor": "middle" }, text),
  );
  box.append(link);
}

function make(name: string, attributes: Readonly<Record<string, string | number>>, text = ""): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
}
