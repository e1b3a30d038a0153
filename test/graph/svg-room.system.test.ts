import * as fc from "fast-check";
import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import type { DrawOptions } from "../../src/graph/draw-options.ts";
import { type Chart, describeMachine } from "../../src/machine/chart.ts";
import { compileMachine } from "../../src/machine/compile-machine.ts";
import { anyChart, oddChart, replaceTexts } from "./any-chart.ts";
import { type Picture, type PictureBox, type Point, readPicture } from "./read-svg.ts";
import { hasClass, listElements } from "./read-xml.ts";

function describeEvents(count: number, completing = 1): Chart {
  const events = Array.from({ length: count }, (_, index) => `Event${index}Happened`);
  return describeMachine(
    compileMachine(
      defineProcess({
        aggregate: "order",
        name: "order-lifecycle",
        startedBy: ["Event0Happened"],
        completedBy: events.slice(count - completing),
        timeout: "7d",
        on: Object.fromEntries(events.map((type) => [type, () => {}])),
      }),
    ),
  );
}

const one = (chart: Chart, options?: DrawOptions) => (expectRoom: (picture: Picture) => void) => expectRoom(readPicture(chart, options));
const any = (charts: fc.Arbitrary<Chart>) => (expectRoom: (picture: Picture) => void) =>
  fc.assert(
    fc.property(
      charts.map((chart) => readPicture(chart)),
      expectRoom,
    ),
  );

/** Three commands of each handler. */
function findEverywhere({ transitions, states }: Chart): DrawOptions {
  const handlers = [...transitions, ...states].flatMap(({ handler }) => handler ?? []);
  const commands = [undefined, "7d", "later"].map((delay) => ({ name: "sendWelcomeEmail", delay }));
  return { found: new Map(handlers.map((handler) => [handler, commands])), subject: ["o-1: started", "started 2026-11-30 14:12:53Z"] };
}

const checks = {
  "commands of every handler": one(describeEvents(5), findEverywhere(describeEvents(5))),
  "commands of one event": one(describeEvents(1), findEverywhere(describeEvents(1))),
  "any definition": any(anyChart),
  "any texts": any(oddChart),
  "one event": one(describeEvents(1)),
  "forty events": one(describeEvents(40)),
  "forty completing events": one(describeEvents(40, 40)),
  "very long names": one(replaceTexts(describeEvents(5), () => "EnvironmentalImpactAssessment".repeat(9))),
  "very long names in wide letters": one(replaceTexts(describeEvents(5), () => "環境影響評価の申請".repeat(20))),
};

describe.for(Object.entries(checks))("in a picture with %s", ([, check]) => {
  it("no two boxes overlap, and all lie inside of the picture, below its heading", () => {
    check(({ root, boxes }) => {
      expect(boxes.map(({ state }) => state)).toEqual(["started", "completed", "timed_out", "failed"]);
      const [left, top, width, height] = root.attributes.viewBox!.split(" ").map(Number);
      expect([left, top, String(width), String(height)]).toEqual([0, 0, root.attributes.width, root.attributes.height]);
      for (const box of boxes) {
        const heading = root.children.filter(({ name }) => name === "text").map(({ attributes }) => Number(attributes.y));
        expect(box.left > 0 && box.top > Math.max(...heading) + 4 && box.right < width! && box.bottom < height!).toBe(true);
        const overlapping = boxes.filter((other) => other !== box && isThrough([box.left, box.top], [box.right, box.bottom], other));
        expect(overlapping.map(({ state }) => state)).toEqual([]);
      }
    });
  });

  it("a name fits into its box, and no two rows are on top of each other", () => {
    check(({ boxes, rows }) => {
      for (const { group, right, top, bottom } of boxes) {
        for (const { attributes, text } of listElements(group).filter((element) => hasClass(element, "name"))) {
          // 0.6 em is the width of a letter in a monospace font; of other scripts nothing is known here.
          if (/^[\u0020-\u024F…]*$/.test(text)) expect(Number(attributes.x) + text.length * 12 * 0.6).toBeLessThan(right);
          expect(Number(attributes.y)).toBeGreaterThan(top + 12);
          expect(Number(attributes.y)).toBeLessThan(bottom - 4);
        }
      }
      const heights = rows.map(({ children }) => Number(children.find(({ name }) => name === "text")!.attributes.y));
      for (const [index, y] of heights.entries()) expect(y - (heights[index - 1] ?? 0)).toBeGreaterThan(16);
    });
  });

  it("a line ends at the edge of the state it leads to, and neither it nor its label is in a box", () => {
    check(({ boxes, lines }) => {
      for (const { group, points, tip, label } of lines) {
        expect(
          isOnEdge(
            tip,
            boxes.find(({ state }) => hasClass(group, state))!,
          ),
        ).toBe(true);
        for (const box of boxes) {
          for (const [index, point] of points.slice(1).entries()) expect(isThrough(points[index]!, point, box)).toBe(false);
          if (label !== undefined) expect(isThrough(label.at, label.at, box)).toBe(false);
        }
      }
    });
  });
});

/** Whether the rectangle between two corners has a part in common with the inside of a box. A level or upright line is its own rectangle. */
function isThrough([x1, y1]: Point, [x2, y2]: Point, { left, top, right, bottom }: PictureBox): boolean {
  return Math.max(x1, x2) > left && Math.min(x1, x2) < right && Math.max(y1, y2) > top && Math.min(y1, y2) < bottom;
}

function isOnEdge([x, y]: Point, { left, top, right, bottom }: PictureBox): boolean {
  const isAtSide = (x === left || x === right) && y >= top && y <= bottom;
  return isAtSide || ((y === top || y === bottom) && x >= left && x <= right);
}
