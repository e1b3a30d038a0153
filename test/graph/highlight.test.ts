import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { chartStatuses } from "../../src/definition/model/instance.ts";
import { drawDot } from "../../src/graph/draw-dot.ts";
import { drawMermaid } from "../../src/graph/draw-mermaid.ts";
import { drawSvg } from "../../src/graph/svg/draw-svg.ts";
import { describeMachine } from "../../src/machine/chart.ts";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { hasClass, listElements, readXml } from "./read-xml.ts";

// Nothing completes it and it has no timeout, so that an instance can be in a state to which nothing leads any more.
const chart = describeMachine(
  compileMachine(defineProcess({ aggregate: "order", name: "lifecycle", startedBy: ["OrderPlaced"], completedBy: [], on: {} })),
);

/** How each format is drawn, and which states a picture marks. */
const formats = {
  mermaid: { draw: drawMermaid, readMarked: (text: string) => [...text.matchAll(/^ {2}class (\w+) highlight$/gm)].map(([, id]) => id) },
  dot: { draw: drawDot, readMarked: (text: string) => [...text.matchAll(/^ {2}(\w+) \[.*class="highlight"/gm)].map(([, id]) => id) },
  svg: {
    draw: drawSvg,
    readMarked: (text: string) =>
      listElements(readXml(text))
        .filter((element) => hasClass(element, "highlight"))
        .map(({ children }) => children.find((child) => hasClass(child, "state"))?.text),
  },
} as const;

describe.for(Object.entries(formats))("the highlighted state in %s", ([, { draw, readMarked }]) => {
  it("is marked, and no other", () => {
    for (const status of chartStatuses) expect(readMarked(draw(chart, { highlight: status }))).toEqual([status]);
  });

  it("can be left out, and is none for an instance that was cancelled", () => {
    expect(readMarked(draw(chart))).toEqual([]);
    expect(readMarked(draw(chart, { highlight: "cancelled" }))).toEqual([]);
  });

  it("is refused if it is no state, with those there are and the one that was probably meant", () => {
    expect(() => draw(chart, { highlight: "timedout" })).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        details: { process: "order/lifecycle", highlight: "timedout" },
        message: expect.stringMatching(
          /order\/lifecycle.*"timedout"[^]*started, completed, timed_out, failed.*did you mean "timed_out"/,
        ) as string,
      }),
    );
    for (const highlight of ["", "__proto__", "STARTED"])
      expect(() => draw(chart, { highlight })).toThrow(/started, completed, timed_out, failed/);
  });
});

it("says in words where the instance is, for who cannot see the SVG", () => {
  const texts = listElements(readXml(drawSvg(chart, { highlight: "failed" }))).map(({ text }) => text);
  expect(texts.some((text) => text.endsWith("The instance is failed."))).toBe(true);
  expect(texts).toContain("the instance is here");
});
