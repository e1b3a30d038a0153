import { describe, expect, test as it } from "vitest";
import { checkKey } from "../../../src/restate/wire/names.ts";

const check = (aggregateId: string) => () => checkKey({ process: "order/shipping", aggregateId });

describe("a key on Restate", () => {
  it.each(["order-1", "a/b?c#d", "..a", "日本", "x".repeat(60_000)])("can be %s", (aggregateId) => {
    expect(check(aggregateId)).not.toThrow();
  });

  it.each([".", ".."])("cannot be %s, which is another path", (aggregateId) => {
    const refused = { code: "KEY_UNUSABLE", details: { process: "order/shipping", aggregateId } };
    expect(check(aggregateId)).toThrow(expect.objectContaining(refused));
  });

  it.each(["x".repeat(60_001), "日".repeat(7_000)])("cannot be longer than a path can be", (aggregateId) => {
    expect(check(aggregateId)).toThrow(
      expect.objectContaining({ code: "KEY_UNUSABLE", problem: expect.stringContaining("60000 is the most") }),
    );
  });
});
