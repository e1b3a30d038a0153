import { join } from "node:path";
import { drawDomain } from "perdure";
import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { drawDomainSvg } from "../../../src/graph/svg/domain/draw-domain-svg.ts";
import type { DomainMap } from "../../../src/graph/domain/domain-map.ts";
import { projectFolder } from "../../docs/markdown.ts";
import { toXmlText } from "../any-chart.ts";
import { hasClass, listElements, readXml, type XmlElement } from "../read-xml.ts";
import { mapOf, oddMap } from "./any-map.ts";
import { shop } from "./read-map.ts";

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly title: string;
}

async function readPicture(map: DomainMap) {
  const svg = await drawDomainSvg(map);
  const root = readXml(svg);
  const elements = listElements(root);
  const of = (name: string) => elements.filter((each) => hasClass(each, name));
  return { svg, root, elements, boxes: of("map-node").map(readBox), arrows: of("map-arrow"), labels: of("map-label") };
}

function readBox(group: XmlElement): Box {
  const { x, y, width, height } = group.children.find((each) => hasClass(each, "box"))!.attributes;
  const [left, top] = [Number(x), Number(y)];
  return { left, top, right: left + Number(width), bottom: top + Number(height), title: group.children[0]!.text };
}

/** Where an arrow's line begins, and where its head is. */
function readEnds(arrow: XmlElement): readonly (readonly [number, number])[] {
  const [line, head] = arrow.children.filter(({ name }) => name === "path").map(({ attributes }) => attributes.d!);
  return [line!, head!].map((path) => {
    const [, x, y] = /^M(-?[\d.]+),(-?[\d.]+)/.exec(path)!;
    return [Number(x), Number(y)] as const;
  });
}

describe("the map of a domain as a picture", () => {
  it("is well-formed XML whatever the names are, and each of them is whole in a title", async () => {
    await fc.assert(
      fc.asyncProperty(oddMap, async (map) => {
        const { root, boxes, arrows } = await readPicture(map);
        expect(root).toMatchObject({ name: "svg", attributes: { role: "img" } });
        expect(boxes).toHaveLength(map.nodes.length);
        for (const [at, { kind, name, note }] of map.nodes.entries()) {
          expect(boxes[at]!.title.startsWith(toXmlText(`${kind} ${name}`))).toBe(true);
          expect(boxes[at]!.title).toContain(toXmlText(note ?? ""));
        }
        expect(arrows).toHaveLength(map.arrows.length);
      }),
      { numRuns: 8 },
    );
  });

  it("has no box on another, arrows that join the boxes they are about, and dashes where something was found", async () => {
    const word = fc.stringMatching(/^[a-z]{1,12}\/[a-z-]{1,30}$/);
    await fc.assert(
      fc.asyncProperty(mapOf(word), async (map) => {
        const { boxes, arrows, labels } = await readPicture(map);
        for (const [at, one] of boxes.entries()) {
          for (const other of boxes.slice(at + 1)) {
            const isApart = one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;
            expect(isApart, `${one.title} is on ${other.title}`).toBe(true);
          }
        }
        const boxOf = ({ kind, name }: DomainMap["arrows"][number]["from"]) =>
          boxes.find(({ title }) => title.split("\n")[0] === `${kind} ${name}`)!;
        for (const [at, arrow] of map.arrows.entries()) {
          const [begin, end] = readEnds(arrows[at]!);
          expect(isOnEdge(begin!, boxOf(arrow.from)), `the begin of ${JSON.stringify(arrow)}`).toBe(true);
          expect(isOnEdge(end!, boxOf(arrow.to)), `the end of ${JSON.stringify(arrow)}`).toBe(true);
          expect(hasClass(arrows[at]!, "found")).toBe(arrow.isFound);
        }
        const said = map.arrows.filter(({ how }) => how.includes("starts") || how.includes("completes"));
        expect(labels.map((label) => listElements(label).at(-1)!.text)).toEqual(said.map(({ how }) => how.join(", ")));
      }),
      { numRuns: 8 },
    );
  });

  it("stands alone, is the same for the same map, and has a dark scheme that says nothing of the page around it", async () => {
    const [map] = fc.sample(oddMap, { numRuns: 1, seed: 5 });
    const [one, other] = [await readPicture(map!), await readPicture(structuredClone(map!))];
    expect(other.svg).toBe(one.svg);
    const allowed = ["svg", "title", "desc", "style", "rect", "path", "text", "g"];
    expect(one.elements.map(({ name }) => name).filter((name) => !allowed.includes(name))).toEqual([]);
    expect(
      one.elements.flatMap(({ attributes }) => Object.keys(attributes)).filter((name) => /^(?:on.*|.*href|style|id)$/.test(name)),
    ).toEqual([]);
    const style = one.elements.find(({ name }) => name === "style")!.text;
    expect(style).not.toMatch(/url|@import|@font-face/);
    const rules = style.replaceAll("@media (prefers-color-scheme:dark){", "");
    const selectors = [...rules.matchAll(/([^{}]+)\{/g)].flatMap(([, each]) => each!.split(","));
    expect(selectors.length).toBeGreaterThan(30);
    expect(selectors.filter((selector) => !selector.startsWith(".perdure-chart "))).toEqual([]);
  });

  it("says all of it in words", async () => {
    const root = readXml(await drawDomain({ domain: shop, format: "svg" }));
    const words = root.children.find(({ name }) => name === "desc")!.text.split("\n");
    expect(words).toEqual(
      expect.arrayContaining([
        "OrderPlaced starts order/order-lifecycle.",
        "order/order-lifecycle dispatches packOrder (on-payment-received).",
        "packOrder returns OrderPacked.",
      ]),
    );
  });

  // After a change to what is drawn: npx vitest run test/graph -u writes the picture anew.
  it("is the one in docs/guides", async () => {
    await expect(await drawDomain({ domain: shop, format: "svg" })).toMatchFileSnapshot(join(projectFolder, "docs/guides/domain.svg"));
  });
});

/** Within a pixel, because arrows are rounded to tenths. */
function isOnEdge([x, y]: readonly [number, number], { left, top, right, bottom }: Box): boolean {
  const isBeside = Math.abs(x - left) < 1.2 || Math.abs(x - right) < 1.2;
  return isBeside && y >= top - 1.2 && y <= bottom + 1.2;
}
