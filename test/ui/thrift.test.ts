import { expect, test as it } from "vitest";
import { createThrift } from "../../src/ui/thrift.ts";

const block = (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until;);
};

it("What takes long is asked once for all who ask at about the same time, and what takes no time is asked each time", async () => {
  const thrift = createThrift();
  let asked = 0;
  const ask = (ms: number) => async () => {
    block(ms);
    return (asked += 1);
  };
  expect(await Promise.all([thrift("slow", ask(8)), thrift("slow", ask(8)), thrift("other", ask(0))])).toEqual([1, 1, 2]);
  expect(await thrift("slow", ask(8))).toBe(1);
  expect(await thrift("other", ask(0))).toBe(3);
});

it("What has failed is asked again", async () => {
  const thrift = createThrift();
  await expect(thrift("any", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await thrift("any", async () => 1)).toBe(1);
});
