import * as fc from "fast-check";
import { expect, test } from "vitest";
import { formatJson, isEqualJson } from "../../src/testing/kit/equal-json.ts";

test("two values are equal when their JSON is, whatever the order of their keys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [a, b] = [one, other].map((value) => JSON.parse(JSON.stringify(value)) as unknown);
      expect(isEqualJson(a, structuredClone(a))).toBe(true);
      expect(isEqualJson(a, b)).toBe(sortedText(a) === sortedText(b));
    }),
  );
});

test("what is undefined is left out, as in JSON, and only where something is expected", () => {
  expect(isEqualJson({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  expect(isEqualJson({ a: 1, b: 2 }, { a: 1 })).toBe(false);
  expect(isEqualJson({ toString: 1 }, { valueOf: 1 })).toBe(false);
});

test("asymmetric matchers stand for what they match, at any depth, and are named in text", () => {
  const expected = { id: expect.any(String) as string, lines: [expect.objectContaining({ sku: "a" })] };
  expect(isEqualJson({ id: "x", lines: [{ sku: "a", count: 2 }] }, expected)).toBe(true);
  expect(isEqualJson({ id: 7, lines: [{ sku: "a", count: 2 }] }, expected)).toBe(false);
  expect(isEqualJson({ id: "x", lines: [{ sku: "b" }] }, expected)).toBe(false);
  expect(formatJson({ id: expect.any(String) as string, tag: "<b>" })).toBe('{"id":Any<String>,"tag":"<b>"}');
});

function sortedText(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
