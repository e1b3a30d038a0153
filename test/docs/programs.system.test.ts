import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test as it } from "vitest";
import { placeOf, readPages } from "./markdown.ts";
import { createPageProjects } from "./page-projects.ts";
import { runFile } from "./run-node.ts";

// The README's and the session's are run by tests of their own, which know what they print.
const pages = readPages().filter(({ path }) => path !== "README.md" && path !== "docs/getting-started.md");

describe("a complete program in the documentation", () => {
  it("runs to its end, and prints what its comments say", async () => {
    const projects = await createPageProjects(pages);
    const programs = projects
      .flatMap(({ folder, blocks }) => [...blocks].map(([path, block]) => ({ folder, path, block })))
      .filter(({ block }) => isProgram(block.code));
    expect(programs.length).toBeGreaterThan(6);
    for (const { folder, path, block } of programs) {
      writeFileSync(join(folder, path), printSaid(block.code));
      // What stays until it is told to stop is told so.
      const output = await runFile(folder, path, block.code.includes('"SIGTERM"') ? "SIGTERM" : undefined);
      const unsaid = readSaid(block.code).filter((said) => !output.includes(said));
      expect({ place: placeOf(block), unsaid }).toEqual({ place: placeOf(block), unsaid: [] });
    }
  }, 120_000);
});

/** Whether it makes a system at its own top, and not in a function for others to call. */
function isProgram(code: string): boolean {
  return /^(?:const|await using) \w+ = await create(?:Process|Test)System\(/m.test(code);
}

// A line that is nothing but a value, and says in its comment which.
const VALUE = /^((?!console|await|const|import|export)\w.*); \/\/ "([^"]+)"/gm;

function printSaid(code: string): string {
  return code.replace(VALUE, "console.log($1);");
}

/** What comments say that a value is, or that `console.log(…)` prints. */
function readSaid(code: string): readonly string[] {
  return [...code.matchAll(VALUE), ...code.matchAll(/(console\.log\(.*\)); \/\/ "([^"]+)"/g)].map(([, , said = ""]) => said);
}
