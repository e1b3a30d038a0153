import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { ProcessError } from "../src/index.ts";

describe("an error of Perdure", () => {
  it("has the problem and the way out apart, and both in its message", () => {
    const error = new ProcessError("CONFIG_INVALID", "one line\nand another", { hint: "Do this." });
    expect(error).toMatchObject({ problem: "one line\nand another", hint: "Do this.", message: "one line\nand another\n  Do this." });
  });

  it("is only its problem where there is no way out to name", () => {
    const error = new ProcessError("CONFIG_INVALID", "a problem");
    expect(error).toMatchObject({ problem: "a problem", message: "a problem" });
    expect(error.hint).toBeUndefined();
    expect(inspect(error)).not.toContain("hint");
  });
});
