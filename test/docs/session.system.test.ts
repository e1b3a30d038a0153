import { describe, expect, test as it } from "vitest";
import { readBlocks, readPage, readPath } from "./markdown.ts";
import { type Ids, openSession, playBlock } from "./session.ts";

describe("the session in docs/getting-started.md", () => {
  it("prints what the page says, from the empty folder to the last command", async () => {
    const session = openSession();
    const ids: Ids = new Map();
    let commands = 0;
    let edits = 0;
    for (const block of readBlocks(readPage("docs/getting-started.md"))) {
      const path = readPath(block);
      // Without the line that says which file it is.
      if (path !== undefined && session.edit(path, block.code.replace(/^.*\n/, ""))) edits += 1;
      if (block.language === "sh" && block.code === "npx perdure start\n") await session.begin("npx perdure start");
      if (block.language === "text") commands += await playBlock(block, session, ids);
    }
    expect(commands).toBeGreaterThan(20);
    // The handler that is broken, the one that is healed, and the program: all other files are as `perdure init` has written them.
    expect(edits).toBe(3);
  }, 120_000);
});
