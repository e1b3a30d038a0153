import { defineProcess } from "perdure";
import { describe, expect, test as it } from "vitest";
import { createRouter, listRoutes } from "../../src/runtime/decide/router.ts";

const define = (name: string, startedBy: readonly string[], completedBy: readonly string[], handled: readonly string[]) =>
  defineProcess({
    aggregate: "order",
    name,
    startedBy,
    completedBy,
    timeout: "1d",
    on: Object.fromEntries(handled.map((type) => [type, () => {}])),
  });

describe("the routes of definitions", () => {
  it("are what starts, completes or is handled, each once, in order of type and process", () => {
    const definitions = [define("b", ["Placed"], ["Done"], ["Placed", "Paid"]), define("a", ["Paid"], ["Done"], [])];
    expect(listRoutes(definitions)).toEqual([
      { type: "Done", process: "order/a", starts: false, version: 1 },
      { type: "Done", process: "order/b", starts: false, version: 1 },
      { type: "Paid", process: "order/a", starts: true, version: 1 },
      { type: "Paid", process: "order/b", starts: false, version: 1 },
      { type: "Placed", process: "order/b", starts: true, version: 1 },
    ]);
  });
});

describe("a router", () => {
  const route = (process: string, starts: boolean) => ({ type: "Placed", process, starts });

  it.each([
    ["nothing", [], []],
    ["one process", [route("a", true)], [{ process: "a", starts: true }]],
    [
      "several processes",
      [route("a", false), route("b", true)],
      [
        { process: "a", starts: false },
        { process: "b", starts: true },
      ],
    ],
    ["a process twice, of which the first starts", [route("a", true), route("a", false)], [{ process: "a", starts: true }]],
    ["a process twice, of which the second starts", [route("a", false), route("a", true)], [{ process: "a", starts: true }]],
    ["a process twice, of which neither starts", [route("a", false), route("a", false)], [{ process: "a", starts: false }]],
    ["another type only", [{ ...route("a", true), type: "Paid" }], []],
  ])("finds %s", (_, routes, found) => {
    expect(createRouter(routes)("Placed")).toEqual(found);
  });
});
