import { describe, expect, test as it } from "vitest";
import { readStateValue } from "../../src/machine/state-paths.ts";

describe("a state as people write it", () => {
  it.each([
    ["paying", "paying"],
    ["paying.card", { paying: "card" }],
    ["asking.second\\.time", { asking: "second.time" }],
    ['"paying.card"', "paying.card"],
    ['{"paying":{"card":"asked","address":"known"}}', { paying: { card: "asked", address: "known" } }],
    ['\\"quoted', '"quoted'],
    ["[0]", "[0]"],
  ])("is a path or JSON: %s", (text, value) => {
    expect(readStateValue(text)).toEqual(value);
  });

  it.each([['"paying'], ['{"paying"'], ["{paying: card}"]])("is refused where it begins as JSON and is none: %s", (text) => {
    expect(() => readStateValue(text)).toThrow(/^is not JSON: /);
  });
});
