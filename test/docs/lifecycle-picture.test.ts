import { expect, test } from "vitest";
import { lifecycle } from "../../src/runtime/lifecycle.ts";
import { readBlocks, readPage } from "./markdown.ts";

test("the picture of the lifecycle in ARCHITECTURE.md shows the moves of its table, and no others", () => {
  const [picture] = readBlocks(readPage("ARCHITECTURE.md")).filter(({ code }) => code.startsWith("stateDiagram-v2\n"));
  const moves = Object.entries(lifecycle).flatMap(([from, to]) => Object.entries(to).map(([by, state]) => `  ${from} --> ${state}: ${by}`));
  expect(picture?.code.trimEnd().split("\n")).toEqual(["stateDiagram-v2", "  [*] --> created", ...moves]);
});
