import { describe, expect, test as it } from "vitest";
import { type Block, placeOf, readBlocks, readPage, readPath } from "./markdown.ts";
import { maskOutput, openSession, type Session } from "./session.ts";

// Whatever changes something is typed once; to look, one may look again.
const CHANGES = /^npx (?:perdure (?:init|typegen|send|dead-letters (?:retry|discard))|jiti) /;
const PATIENCE_MS = 20_000;

describe("the session in docs/getting-started.md", () => {
  it("prints what the page says, from the empty folder to the last command", async () => {
    const session = openSession();
    const played: Played = { commands: 0, edits: 0, ids: new Map() };
    for (const block of readBlocks(readPage("docs/getting-started.md"))) await play(block, session, played);
    expect(played.commands).toBeGreaterThan(20);
    // The handler that is broken, the one that is healed, and the program: all other files are as `perdure init` has written them.
    expect(played.edits).toBe(3);
  }, 120_000);
});

interface Played {
  commands: number;
  edits: number;
  /** The ids of this run by those of the page: commands that follow name what came before. */
  readonly ids: Map<string, string>;
}

/**
 * A file is written; `npx perdure start` as a block of `sh` begins in the second terminal and, as a block of `text`, is interrupted; what
 * else has a `$` before it is typed.
 */
async function play(block: Block, session: Session, played: Played): Promise<void> {
  const path = readPath(block);
  if (path !== undefined) played.edits += session.edit(path, block.code.replace(/^.*\n/, "")) ? 1 : 0;
  if (block.language === "sh" && block.code === "npx perdure start\n") await session.begin("npx perdure start");
  if (block.language !== "text") return;

  const [, command = "", said = ""] = /^\$ (.*)\n([^]*)$/.exec(block.code) ?? [];
  const expected = said.replace("^C", "");
  const typed = command.replace(idPattern, (id) => played.ids.get(id) ?? id);
  played.commands += 1;
  const until = performance.now() + (CHANGES.test(command) ? 0 : PATIENCE_MS);
  let output: string;
  do {
    output = command === "npx perdure start" ? await session.interrupt() : await session.type(typed);
  } while (maskOutput(output) !== maskOutput(expected) && command !== "npx perdure start" && performance.now() < until);
  expect(maskOutput(output), `${placeOf(block)}: ${command}`).toBe(maskOutput(expected));

  const ids = output.match(idPattern) ?? [];
  for (const [index, id] of (expected.match(idPattern) ?? []).entries()) played.ids.set(id, ids[index]!);
}

const idPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
