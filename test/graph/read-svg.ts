import type { DrawOptions } from "../../src/graph/draw-options.ts";
import { drawSvg } from "../../src/graph/svg/draw-svg.ts";
import type { Chart } from "../../src/machine/chart.ts";
import { hasClass, listElements, readXml, type XmlElement } from "./read-xml.ts";

/** A picture, read back from its text. Lengths are in pixels. */
export interface Picture {
  readonly root: XmlElement;
  readonly elements: readonly XmlElement[];
  readonly boxes: readonly PictureBox[];
  readonly lines: readonly PictureLine[];
  /** The events listed in `started`. */
  readonly rows: readonly XmlElement[];
}

/** The box of a state. */
export interface PictureBox {
  readonly state: string;
  readonly group: XmlElement;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A line to a state; `points` are its corners, `tip` is that of its head. */
export interface PictureLine {
  readonly group: XmlElement;
  readonly points: readonly Point[];
  readonly tip: Point;
  readonly label: { readonly text: string; readonly at: Point } | undefined;
}

export type Point = readonly [x: number, y: number];

export function readPicture(chart: Chart, options?: DrawOptions): Picture {
  const root = readXml(drawSvg(chart, options));
  const elements = listElements(root);
  return {
    root,
    elements,
    boxes: elements.filter((element) => hasClass(element, "state-box")).map(readBox),
    lines: elements.filter(({ children }) => children.some((child) => hasClass(child, "fill"))).map(readLine),
    rows: elements.filter((element) => hasClass(element, "row")),
  };
}

export function readTitle({ children }: XmlElement): string {
  return children.find(({ name }) => name === "title")!.text;
}

function readBox(group: XmlElement): PictureBox {
  const { x, y, width, height } = find(group, "box").attributes;
  const [left, top] = [Number(x), Number(y)];
  return { state: find(group, "state").text, group, left, top, right: left + Number(width), bottom: top + Number(height) };
}

function readLine(group: XmlElement): PictureLine {
  const label = group.children.find(({ name }) => name === "text");
  return {
    group,
    points: readPoints(find(group, "line")),
    tip: readPoints(find(group, "fill"))[0]!,
    label: label && { text: label.text, at: [Number(label.attributes.x), Number(label.attributes.y)] },
  };
}

function find({ children }: XmlElement, className: string): XmlElement {
  return children.find((child) => hasClass(child, className))!;
}

function readPoints({ attributes }: XmlElement): readonly Point[] {
  return [...attributes.d!.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}
