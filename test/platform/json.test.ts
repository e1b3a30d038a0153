import { describe, expect, test as it } from "vitest";
import { findJsonProblem, stringifyExactly, writeJson } from "../../src/platform/json.ts";

const write = (value: unknown) => writeJson(value, "payload", 1_000);

it("what is refused with promises in it, which nobody will await, ends no OS process when they reject", async () => {
  const late = () => Promise.reject(new Error("nobody awaits it"));
  expect(write({ a: 1n, rates: [late(), { rate: late() }] })).toEqual({ problem: "payload.a is a bigint; pass toString()" });
  expect(write({ rate: late() })).toEqual({ problem: "payload.rate is a Promise" });
  expect(findJsonProblem(late(), "payload", 1_000)).toBe("payload is a Promise");
});

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
