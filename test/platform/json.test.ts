import { describe, expect, test as it } from "vitest";
import { stringifyExactly, writeJson } from "../../src/platform/json.ts";

const write = (value: unknown) => writeJson(value, "payload", 1_000);

describe("the JSON of a value", () => {
  it.each<[string, unknown, string]>([
    ["a zero with its sign", -0, "-0"],
    ["zeros inside of it", { a: [-0, 0, 1], b: { c: -0 } }, '{"a":[-0,0,1],"b":{"c":-0}}'],
    ["a zero beside texts and names that look like one", { "-0": -0, "-00": "-0", c: '"-0"' }, '{"-0":-0,"-00":"-0","c":"\\"-0\\""}'],
  ])("keeps %s", (_, value, json) => {
    expect(write(value)).toEqual({ json });
    expect(stringifyExactly(value)).toBe(json);
    expect(JSON.parse(json)).toEqual(value);
  });

  it("is as short as JSON.stringify makes it where there is no such zero", () => {
    const value = { text: "-0", list: [0, 1.5, null, true], left: undefined };
    expect(write(value)).toEqual({ json: JSON.stringify(value) });
    expect(stringifyExactly(value)).toBe(JSON.stringify(value));
  });
});
