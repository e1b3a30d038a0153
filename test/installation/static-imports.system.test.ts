import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test as it } from "vitest";
import { projectFolder } from "../docs/markdown.ts";

/** The built files, below the project's folder, and the packages that are loaded with a built file before any of its code runs. */
function modulesBehind(entry: string): readonly string[] {
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
  return [...seen].map((each) => (each.startsWith("/") ? relative(projectFolder, each) : each));
}

const packagesBehind = (entry: string) => modulesBehind(entry).filter((each) => !each.startsWith("dist/"));

describe("before a line of Perdure runs", () => {
  it("neither the package nor the command line has loaded what can be missing or of another version", () => {
    for (const [entry, needed] of [
      ["index.js", "ms"],
      ["cli/command-line.js", "commander"],
    ] as const) {
      // jiti is loaded when there is TypeScript to compile, because it takes longer to load than all of Perdure.
      expect(packagesBehind(entry).filter((name) => /^(?:xstate|better-sqlite3|jiti)\b/.test(name))).toEqual([]);
      // What it can find, it finds.
      expect(packagesBehind(entry)).toContain(needed);
    }
  });

  it("the start of the command line, and what tells of a broken one, need nothing but Node", () => {
    for (const entry of ["cli/main.js", "cli/broken-installation.js"])
      expect(packagesBehind(entry).filter((name) => !name.startsWith("node:"))).toEqual([]);
  });

  it("a command has loaded neither the other commands nor what it seldom needs, because loading is most of its time", () => {
    expect(modulesBehind("cli/command-line.js").filter((each) => each.startsWith("dist/cli/commands/"))).toEqual([]);
    for (const command of ["list", "show", "stats", "check"]) {
      const modules = modulesBehind(`cli/commands/${command}.js`);
      expect(modules).toContain("dist/system/load-config.js");
      expect(
        modules.filter((each) => /^dist\/(?:graph|serve|typegen)\/|^dist\/runtime\/run\/|^(?:ws|elkjs|jiti|jsonc-parser)$/.test(each)),
      ).toEqual([]);
    }
  });
});
