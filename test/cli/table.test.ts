import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { formatTable } from "../../src/cli/terminal/table.ts";
import { cutText, type Text, widthOf, wrapText } from "../../src/cli/terminal/text.ts";

const toLine = (parts: readonly Text[]) => parts.map((part) => (typeof part === "string" ? part : part.text)).join("");
const format = (...args: Parameters<typeof formatTable>) => formatTable(...args).map(toLine);

const letters = [
  { title: "ID" },
  { title: "STATUS" },
  { title: "FAILED" },
  { title: "PROCESS" },
  { title: "AGGREGATE" },
  { title: "ERROR", gives: true },
];
const id = "01a20d9f-12a2-78dc-bc26-5bf94af2a4df";
const letter = [
  id,
  "open",
  "2026-11-24 12:54:18Z",
  "order/order-lifecycle",
  "注文-一",
  "Error: the mail template for the welcome of new customers is missing, and so is its text",
];

describe("a table", () => {
  it("is one line a row in a pipe, with whole values in columns that line up", () => {
    expect(
      format(
        [{ title: "AGGREGATE" }, { title: "N", align: "right" }, { title: "DUE" }],
        [
          ["注文-一", "1", "soon"],
          ["order-1", "10", ""],
        ],
        undefined,
      ),
    ).toEqual(["AGGREGATE   N  DUE", "注文-一     1  soon", "order-1    10"]);
  });

  it("goes on below, indented, where the terminal is too narrow, and shortens nothing but what gives way", () => {
    expect(format(letters, [letter], 80)).toEqual([
      "ID                                    STATUS  FAILED",
      "  PROCESS                AGGREGATE  ERROR",
      `${id}  open    2026-11-24 12:54:18Z`,
      "  order/order-lifecycle  注文-一    Error: the mail template for the welcome of…",
    ]);
  });

  it("is never wider than the terminal, unless one value is, which is whole then", () => {
    const cell = fc.string({ unit: "grapheme", maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell, cell, cell, cell), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 40, max: 200 }),
        (rows, width) => {
          const lines = format(letters, rows, width);
          const ids = formatTable(letters, rows, undefined)
            .flat()
            .map((part) => (typeof part === "string" ? part : part.text).trim());
          for (const line of lines) expect(widthOf(line) <= width || ids.some((whole) => line.trim() === whole)).toBe(true);
        },
      ),
    );
  });

  it("keeps the other rows narrow when one id is endless", () => {
    const lines = format(
      [{ title: "AGGREGATE" }, { title: "STATUS" }],
      [
        ["x".repeat(500), "open"],
        ["o-1", "open"],
      ],
      80,
    );
    expect(lines).toEqual([expect.stringMatching(/^AGGREGATE$/), "  STATUS", "x".repeat(500), "  open", "o-1", "  open"]);
  });

  it("writes out what a terminal would act on, newlines too", () => {
    expect(format([{ title: "ID" }, { title: "S" }], [["a\n\u001B[31m", "x"]], 80)).toEqual(["ID             S", "a\\n\\u001b[31m  x"]);
  });
});

describe("a text", () => {
  it("is cut between characters, not within one", () => {
    expect(cutText("注文注文", 5)).toBe("注文…");
    expect(cutText("注文注文", 6)).toBe("注文…");
    expect(cutText("ae\u0301\u{1F469}\u200D\u{1F680}x", 4)).toBe("ae\u0301…");
    expect(cutText("abc", 3)).toBe("abc");
  });

  it("is wrapped between its parts or else between words, and an id is not broken", () => {
    expect(wrapText("by one  in two  three", 9, 9)).toEqual(["by one", "in two", "three"]);
    expect(wrapText("one two three", 7, 9)).toEqual(["one two", "three"]);
    expect(wrapText(`dead letter ${id}  again`, 20, 10)).toEqual(["dead letter", id, "again"]);
    expect(wrapText(`${id} x`, 10, 40)).toEqual(["", `${id} x`]);
    expect(wrapText("all of it  here", 20, 20)).toEqual(["all of it  here"]);
  });
});
