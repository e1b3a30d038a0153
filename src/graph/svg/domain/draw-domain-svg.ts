import { describeArrow, type DomainMap, mapLegend } from "../../domain/domain-map.ts";
import { MARGIN, SUMMARY_HEIGHT, TITLE_HEIGHT } from "../chart-layout.ts";
import { drawHeading, drawRoot } from "../draw-svg.ts";
import { fonts } from "../fonts.ts";
import { drawArrowhead, drawWay } from "../shapes.ts";
import { wrapText } from "../text-width.ts";
import { element, escapeXml } from "../xml.ts";
import {
  BOX_PADDING,
  countNodes,
  KIND_HEIGHT,
  LABEL_HEIGHT,
  layOutDomain,
  type MapBox,
  type MapLine,
  NAME_HEIGHT,
  NOTE_HEIGHT,
  widthOfLabel,
} from "./domain-layout.ts";
import { domainStyle } from "./domain-style.ts";

const TITLE = "the domain";
const NARROWEST = 420;

/**
 * A map as an SVG that stands alone, as that of a process does. It is laid out by ELK, which is loaded when it is first needed. The same map gives
 * the same text.
 */
export async function drawDomainSvg(map: DomainMap): Promise<string> {
  const layout = await layOutDomain(map);
  const width = Math.max(NARROWEST, layout.width) + 2 * MARGIN;
  const summary = [countNodes(map), mapLegend].flatMap((text) => wrapText(text, fonts.summary, width - 2 * MARGIN, 2));
  const top = MARGIN + TITLE_HEIGHT + summary.length * SUMMARY_HEIGHT + 16;
  return drawRoot({
    title: TITLE,
    description: [mapLegend, ...map.arrows.map((arrow) => `${describeArrow(arrow)}.`)].join("\n"),
    style: domainStyle,
    width,
    height: top + layout.height + MARGIN,
    content: [
      ...drawHeading({ process: TITLE, summary }),
      element("g", { transform: `translate(${MARGIN},${top})` }, [
        ...layout.lines.map(drawLine),
        ...layout.boxes.map(drawBox),
        // Labels lie on their lines, and on no others.
        ...layout.lines.flatMap(drawLabel),
      ]),
    ],
  });
}

function drawLine({ arrow, points }: MapLine): string {
  return element("g", { class: arrow.isFound ? "map-arrow found" : "map-arrow" }, [
    element("title", {}, [escapeXml(describeArrow(arrow))]),
    element("path", { class: "line", d: drawWay(points) }),
    element("path", { class: "fill", d: drawArrowhead(points.at(-2)!, points.at(-1)!) }),
  ]);
}

function drawBox({ node, name, note, x, y, width, height }: MapBox): string {
  const title = [`${node.kind} ${node.name}`, node.note, node.description].filter((part) => part !== undefined).join("\n");
  const left = x + BOX_PADDING;
  const write = (style: string, below: number, text: string) => element("text", { class: style, x: left, y: y + below }, [escapeXml(text)]);
  return element("g", { class: `map-node ${node.kind}` }, [
    element("title", {}, [escapeXml(title)]),
    element("rect", { class: "box", x, y, width, height, rx: node.kind === "process" ? 10 : 5 }),
    write("note quiet kind", KIND_HEIGHT, node.kind),
    write("name", KIND_HEIGHT + NAME_HEIGHT, name),
    ...(note === undefined ? [] : [write("note quiet", KIND_HEIGHT + NAME_HEIGHT + NOTE_HEIGHT, note)]),
  ]);
}

function drawLabel({ label }: MapLine): readonly string[] {
  if (label === undefined) return [];
  const [x, y] = label.at;
  const width = widthOfLabel(label.text);
  return [
    element("g", { class: "map-label" }, [
      element("rect", { class: "label", x, y, width, height: LABEL_HEIGHT, rx: 6 }),
      element("text", { class: "note", x: x + width / 2, y: y + 12, "text-anchor": "middle" }, [escapeXml(label.text)]),
    ]),
  ];
}
