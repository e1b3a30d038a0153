import { expect, test as it } from "vitest";
import { createThrift } from "../../src/ui/thrift.ts";

const block = (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until;);
};

it("All who ask for the same while it is under way, or in the pause behind it, are given one answer of later", async () => {
  const thrift = createThrift();
  let asked = 0;
  const ask = async () => {
    block(3);
    return (asked += 1);
  };
  const first = thrift("slow", ask);
  const others = [thrift("slow", ask), thrift("slow", ask)];
  expect(await first).toBe(1);
  others.push(thrift("slow", ask));
  expect(await thrift("other", async () => "at once")).toBe("at once");
  expect(asked).toBe(1);
  expect(await Promise.all(others)).toEqual([2, 2, 2]);
});

it("What takes no time is asked each time", async () => {
  const thrift = createThrift();
  let asked = 0;
  const ask = async () => (asked += 1);
  expect([await thrift("fast", ask), await thrift("fast", ask)]).toEqual([1, 2]);
});

it("What has failed is asked again, and who waited for it is told", async () => {
  const thrift = createThrift();
  const fail = () => Promise.reject(new Error("no"));
  const [first, second] = [thrift("any", fail), thrift("any", fail)];
  await expect(first).rejects.toThrow("no");
  await expect(second).rejects.toThrow("no");
  expect(await thrift("any", async () => 1)).toBe(1);
});
