import { afterEach, expect, test as it, vi } from "vitest";
import { completeLogger, consoleLogger } from "../../src/platform/logger.ts";

afterEach(() => void vi.restoreAllMocks());

function listen(method: "warn" | "error"): readonly unknown[][] {
  return vi.spyOn(console, method).mockImplementation(() => {}).mock.calls;
}

it("the default logger writes what a terminal would act on as text, in the message and in an error among the fields", () => {
  const told = listen("warn");
  consoleLogger.warn("gone \u001b[2J\u202E\nin 2 lines", { error: new Error("a \u001b[31mred one"), id: "o-\u009b" });
  expect(told).toHaveLength(1);
  expect(told[0]).toEqual([expect.stringMatching(/^perdure: gone \\u001b\[2J\\u202e\nin 2 lines \{[^]*a \\u001b\[31mred one/)]);
  expect(String(told[0])).not.toMatch(/(?!\n)[\p{Cc}\u202E]/u);
});

it("the default logger keeps fields apart from a message that looks like a format", () => {
  const told = listen("error");
  consoleLogger.error("100 %s of %o", { processId: "p-1" });
  expect(told).toEqual([["perdure: 100 %s of %o { processId: 'p-1' }"]]);
});

it("what the user's logger throws is written printably too", () => {
  const told = listen("error");
  completeLogger({
    info: () => {
      throw new Error("no \u001b[2J");
    },
  }).info("all \u0007 is well");
  expect(told).toEqual([["perdure: the logger failed (no \\u001b[2J) at info: all \\u0007 is well"]]);
});
