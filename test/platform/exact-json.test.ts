import * as fc from "fast-check";
import { describe, expect, test as it } from "vitest";
import { parseExactJson } from "../../src/platform/exact-json.ts";

describe("JSON of which nothing may be lost", () => {
  it.each([
    "616581622363398142",
    "9007199254740993",
    "-9007199254740993",
    "1e400",
    "-1e400",
    "1e-400",
    "0.1234567890123456789",
    "12345678901234567.89",
    "100000000000000000000001",
  ])("refuses %s, wherever it is", (number) => {
    for (const text of [number, `{"a":{"b":[1,${number}]}}`, `{"quote \\"":"\\\\","n":${number}}`]) {
      expect(() => parseExactJson(text)).toThrow(`has the number ${number}, which `);
    }
  });

  it.each([
    "9007199254740992",
    "1e23",
    "100000000000000000000000",
    "1.50",
    "-0",
    "0.0e5",
    "0e999",
    "1E+3",
    "0.30000000000000004",
    "1.7976931348623157e308",
    "5e-324",
  ])("takes %s", (number) => {
    expect(parseExactJson(`[${number}]`)).toEqual([Number(number)]);
  });

  it("takes digits in a text, between quotes of any kind, for what they are", () => {
    for (const value of ["616581622363398142", '"616581622363398142', "\\", '\\"616581622363398142\\', "550e8400-1e400"]) {
      expect(parseExactJson(JSON.stringify({ [value]: value }))).toEqual({ [value]: value });
    }
  });

  it("takes everything that JavaScript writes, and says of other texts that they are no JSON", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(parseExactJson(text)).toEqual(JSON.parse(text));
      }),
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(parseExactJson(`[${number}]`)).toEqual([JSON.parse(String(number))]);
      }),
    );
    expect(() => parseExactJson("{x")).toThrow(/^is not JSON: /);
  });
});
