import { drawOwnSvg } from "../../../src/graph/svg/own/draw-own-svg.ts";
import type { DrawOptions } from "../../../src/graph/draw-options.ts";
import type { Chart } from "../../../src/machine/chart.ts";
import { hasClass, listElements, readXml, type XmlElement } from "../read-xml.ts";

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A state of an own chart as it is drawn, by its path. Lengths are in pixels from the own chart's upper left corner. */
export interface DrawnState extends Rectangle {
  readonly path: string;
  readonly group: XmlElement;
}

export interface DrawnText extends Rectangle {
  readonly text: string;
  readonly size: number;
}

export interface OwnPicture {
  readonly svg: string;
  readonly root: XmlElement;
  /** All states but the root. */
  readonly states: readonly DrawnState[];
  readonly labels: readonly (Rectangle & { readonly title: string; readonly texts: readonly DrawnText[] })[];
  readonly arrows: readonly { readonly title: string; readonly points: readonly Point[]; readonly tip: Point }[];
  readonly texts: readonly DrawnText[];
  /** What the box `started` measures, from the same corner. */
  readonly started: Rectangle;
}

export type Point = readonly [x: number, y: number];

export async function readOwnPicture(chart: Chart, options: DrawOptions = {}): Promise<OwnPicture> {
  const svg = await drawOwnSvg(chart, chart.own!, options);
  const root = readXml(svg);
  const frame = root.children.find(({ attributes }) => attributes.transform !== undefined)!;
  const [, x, y] = /^translate\(([\d.]+),([\d.]+)\)$/.exec(frame.attributes.transform!)!;
  const groups = frame.children.filter(({ name }) => name === "g");
  const box = listElements(root.children.find((each) => hasClass(each, "started") && hasClass(each, "state-box"))!).find((each) =>
    hasClass(each, "box"),
  )!;
  const outer = readRectangle(box);
  return {
    svg,
    root,
    states: groups
      .filter((group) => hasClass(group, "own-state") && group.children.some((child) => hasClass(child, "box")))
      .map((group) => ({
        path: titleOf(group).split("\n")[0]!,
        group,
        ...readShape(group.children.find((child) => hasClass(child, "box"))!),
      })),
    labels: groups
      .filter((group) => hasClass(group, "own-label"))
      .map((group) => ({
        title: titleOf(group),
        texts: listElements(group)
          .filter(({ name }) => name === "text")
          .map(readText),
        ...readRectangle(group.children.find((child) => hasClass(child, "label"))!),
      })),
    arrows: groups
      .filter((group) => hasClass(group, "own") && group.children.some(({ name }) => name === "title"))
      .map((group) => ({
        title: titleOf(group),
        points: readPoints(group.children.find((child) => hasClass(child, "line"))!),
        tip: readPoints(group.children.find((child) => hasClass(child, "fill"))!)[0]!,
      })),
    texts: listElements(frame)
      .filter(({ name }) => name === "text")
      .map(readText),
    started: {
      left: outer.left - Number(x),
      top: outer.top - Number(y),
      right: outer.right - Number(x),
      bottom: outer.bottom - Number(y),
    },
  };
}

/** Whether two have more in common than an edge. */
export function overlap(one: Rectangle, other: Rectangle): boolean {
  return one.left < other.right - 0.2 && other.left < one.right - 0.2 && one.top < other.bottom - 0.2 && other.top < one.bottom - 0.2;
}

export function isInside(inner: Rectangle, outer: Rectangle): boolean {
  return (
    inner.left >= outer.left - 0.2 && inner.right <= outer.right + 0.2 && inner.top >= outer.top - 0.2 && inner.bottom <= outer.bottom + 0.2
  );
}

function titleOf({ children }: XmlElement): string {
  return children.find(({ name }) => name === "title")!.text;
}

function readShape(shape: XmlElement): Rectangle {
  if (shape.name === "rect") return readRectangle(shape);
  const [cx, cy, r] = [shape.attributes.cx, shape.attributes.cy, shape.attributes.r].map(Number) as [number, number, number];
  return { left: cx - r, top: cy - r, right: cx + r, bottom: cy + r };
}

function readRectangle({ attributes }: XmlElement): Rectangle {
  const [x, y, width, height] = [attributes.x, attributes.y, attributes.width, attributes.height].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return { left: x, top: y, right: x + width, bottom: y + height };
}

/** A letter is 0.6 em wide in a monospace font, and about as wide as that in bold of another. */
function readText({ attributes, text }: XmlElement): DrawnText {
  const size = attributes.class!.includes("inner-name") ? 13 : 12;
  const width = text.length * size * 0.6;
  const left = Number(attributes.x) - (attributes["text-anchor"] === "middle" ? width / 2 : 0);
  const baseline = Number(attributes.y);
  return { text, size, left, right: left + width, top: baseline - size * 0.75, bottom: baseline + size * 0.2 };
}

function readPoints({ attributes }: XmlElement): readonly Point[] {
  return [...attributes.d!.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}
