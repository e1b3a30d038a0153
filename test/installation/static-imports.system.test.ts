import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, test as it } from "vitest";
import { projectFolder } from "../docs/markdown.ts";

/** The packages that are loaded with a built file before any of its code runs. */
function packagesBehind(entry: string): readonly string[] {
  const seen = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    if (!file.startsWith("/")) return;
    for (const [, from] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\s(?:[^"';]*?\sfrom\s)?"([^"]+)";/gm)) {
      visit(from!.startsWith(".") ? resolve(dirname(file), from!) : from!);
    }
  };
  visit(join(projectFolder, "dist", entry));
  return [...seen].filter((each) => !each.startsWith("/"));
}

describe("before a line of Perdure runs", () => {
  it("neither the package nor the command line has loaded what can be missing or of another version", () => {
    for (const entry of ["index.js", "cli/command-line.js"]) {
      // jiti is loaded when there is TypeScript to compile, because it takes longer to load than all of Perdure.
      expect(packagesBehind(entry).filter((name) => /^(?:xstate|better-sqlite3|jiti)\b/.test(name))).toEqual([]);
      // What it can find, it finds.
      expect(packagesBehind(entry)).toContain("ms");
    }
  });

  it("the start of the command line, and what tells of a broken one, need nothing but Node", () => {
    for (const entry of ["cli/main.js", "cli/broken-installation.js"])
      expect(packagesBehind(entry).filter((name) => !name.startsWith("node:"))).toEqual([]);
  });
});
