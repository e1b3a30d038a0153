import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { toPrintable, toPrintableBlock } from "../../src/platform/printable.ts";

const acted = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/u;
const anything = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0, max: 0xa0 }), fc.integer({ min: 0x2000, max: 0x2070 }), fc.integer({ min: 0xd7f0, max: 0xe010 }))
    .map((code) => String.fromCharCode(code)),
});

describe("a text made printable", () => {
  it("has nothing that a terminal acts on, in one line", () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(toPrintable(text)).not.toMatch(acted);
        expect(toPrintableBlock(text).replace(/[\n\t]/g, "")).not.toMatch(acted);
      }),
    );
  });

  it("shows what was there", () => {
    expect(toPrintable("\u001B[2Ja\u009B\u007F\0")).toBe("\\u001b[2Ja\\u009b\\u007f\\u0000");
    expect(toPrintable("a\tb\r\nc\u2028\u202Ed\u2066\uD800e")).toBe("a\\tb\\r\\nc\\u2028\\u202ed\\u2066\\ud800e");
    expect(toPrintableBlock("a\tb\r\nc\rd\u001B")).toBe("a\tb\nc\\rd\\u001b");
  });

  it("is left as it is if a terminal only shows it", () => {
    for (const text of ["Zoë 注文 한국 العربية \u{1F469}\u200D\u{1F680}e\u0301", '\\u001b "{}" \u00A0…'])
      expect(toPrintable(text)).toBe(text);
  });

  it("is the same value if it is JSON", () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(JSON.parse(toPrintableBlock(JSON.stringify({ [text]: text }, undefined, 2)))).toEqual({ [text]: text });
      }),
    );
  });
});
