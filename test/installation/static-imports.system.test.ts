import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test as it } from "vitest";
import { projectFolder } from "../docs/markdown.ts";

interface Loaded {
  /** The files of src/ whose code is loaded. */
  readonly sources: readonly string[];
  /** The packages, Node's own modules with them. */
  readonly packages: readonly string[];
}

/** What is loaded with a built file, below dist/, before any of its code runs. */
function loadedWith(entry: string): Loaded {
  const seen = new Set<string>();
  const sources = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const code = readFileSync(file, "utf8");
    // The build says of which file the code is that follows.
    for (const [, source] of code.matchAll(/^\/\/ (src\/\S+\.ts)$/gm)) sources.add(source!);
    for (const [, from] of code.matchAll(/^(?:import|export)\s(?:[^"';]*?\sfrom\s)?"([^"]+)";/gm)) {
      if (from!.startsWith(".")) visit(resolve(dirname(file), from!));
      else packages.add(from!);
    }
  };
  visit(join(projectFolder, "dist", entry));
  return { sources: [...sources], packages: [...packages] };
}

/** The built file, below dist/, that `entry` loads when it comes to a call of `import()` with the code of this source. */
function loadedLater(entry: string, source: string): string {
  const file = join(projectFolder, "dist", entry);
  const name = source.replace(/^.*\/|\.ts$/g, "");
  const [, found] = new RegExp(`import\\("(\\.[^"]*/${name}-\\w+\\.js)"\\)`).exec(readFileSync(file, "utf8")) ?? [];
  if (found === undefined) throw new Error(`${entry} does not load ${source} by import()`);
  return relative(join(projectFolder, "dist"), resolve(dirname(file), found));
}

const commandLine = loadedLater("cli/main.js", "src/cli/command-line.ts");

describe("before a line of Perdure runs", () => {
  it("neither the package nor the command line has loaded what can be missing or of another version", () => {
    for (const [entry, needed] of [
      ["index.js", "ms"],
      [commandLine, "commander"],
    ] as const) {
      const { packages } = loadedWith(entry);
      // jiti is loaded when there is TypeScript to compile, because it takes longer to load than all of Perdure.
      expect(packages.filter((name) => /^(?:xstate|better-sqlite3|jiti|@opentelemetry)\b/.test(name))).toEqual([]);
      // What it can find, it finds.
      expect(packages).toContain(needed);
    }
  });

  it("the start of the command line, and what tells of a broken one, need nothing but Node", () => {
    for (const entry of ["cli/main.js", loadedLater("cli/main.js", "src/cli/broken-installation.ts")])
      expect(loadedWith(entry).packages.filter((name) => !name.startsWith("node:"))).toEqual([]);
  });

  it("a command has loaded neither the other commands nor what it seldom needs, because loading is most of its time", () => {
    expect(loadedWith(commandLine).sources.filter((each) => each.startsWith("src/cli/commands/"))).toEqual([]);
    for (const command of ["list", "show", "stats", "check"]) {
      const { sources, packages } = loadedWith(loadedLater(commandLine, `src/cli/commands/${command}.ts`));
      expect(sources).toContain("src/system/load-config.ts");
      expect(sources.filter((each) => /^src\/(?:graph|serve|typegen|runtime\/run)\//.test(each))).toEqual([]);
      expect(sources.filter((each) => each.startsWith("src/cli/commands/"))).toEqual([`src/cli/commands/${command}.ts`]);
      expect(packages.filter((each) => /^(?:ws|elkjs|jiti|jsonc-parser)$/.test(each))).toEqual([]);
    }
  });
});
