import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fitText, measureText, wrapText } from "../../src/graph/svg/text-width.ts";

const font = { family: "mono", sizePx: 12 } as const;

test("what fits stays as it is", () => {
  expect(fitText("on-order-placed", font, 200)).toBe("on-order-placed");
  expect(wrapText("A step failed for good.", font, 400, 3)).toEqual(["A step failed for good."]);
  expect(wrapText(" \n", font, 400, 3)).toEqual([]);
});

test("what does not fit is cut, never inside of what a reader sees as one character", () => {
  const family = "👩‍👩‍👧";
  const cut = fitText(family.repeat(20), font, 200);
  expect(cut).toMatch(/…$/);
  expect(cut.slice(0, -1).replaceAll(family, "")).toBe("");
  expect(fitText("e\u0301".repeat(60), font, 100).slice(0, -1).replaceAll("e\u0301", "")).toBe("");
});

test("lines are as wide as allowed at most and as many as allowed at most, and in order all that fits", () => {
  fc.assert(
    fc.property(
      fc.lorem({ maxCount: 40 }),
      fc.integer({ min: 120, max: 500 }),
      fc.integer({ min: 1, max: 4 }),
      (text, widthPx, maxLines) => {
        const lines = wrapText(text, font, widthPx, maxLines);
        expect(lines.length).toBeLessThanOrEqual(maxLines);
        for (const line of lines) expect(measureText(line, font)).toBeLessThanOrEqual(widthPx);
        expect(text.startsWith(lines.join(" ").replace(/…$/, ""))).toBe(true);
      },
    ),
  );
});
