import { describe, expect, test } from "vitest";
import { explainResolution } from "../../src/cli/tsconfig/explain-resolution.ts";
import { patchGitignore } from "../../src/cli/init/patch-gitignore.ts";
import type { Patch } from "../../src/cli/tsconfig/patch-json.ts";
import { patchPackageJson } from "../../src/cli/init/patch-package-json.ts";
import { patchTsconfig } from "../../src/cli/tsconfig/patch-tsconfig.ts";

/** The patched text, which a second run leaves as it is. */
function patched(patch: (text: string) => Patch, text: string): string {
  const first = patch(text);
  if ("problem" in first) throw new Error(first.problem);
  expect(patch(first.text)).toEqual({ text: first.text, changes: [] });
  return first.text;
}

describe("tsconfig.json", () => {
  test("gets rootDirs and include, and keeps its comments, order and indentation", () => {
    const text =
      '{\n    // strict, of course\n    "compilerOptions": {\n        "strict": true, // yes\n    },\n    "include": ["src"]\n}\n';
    const result = patched(patchTsconfig, text);
    expect(result).toContain("// strict, of course");
    expect(result).toContain('"strict": true, // yes');
    expect(result).toMatch(/\n {8}"rootDirs": \[\s+"\.",\s+"\.\/\.perdure\/types"\s+\]/);
    expect(result).toMatch(/"include": \[\s+"src",\s+"\.perdure\/types\/\*\*\/\*"\s+\]/);
  });

  test("that says nothing of include keeps what that means", () => {
    expect(patched(patchTsconfig, "{}")).toMatch(/"include": \[\s+"\*\*\/\*",\s+"\.perdure\/types\/\*\*\/\*"\s+\]/);
  });

  test("that extends another, or lists files, keeps the include that cannot be seen", () => {
    expect(patched(patchTsconfig, '{ "extends": "./base.json" }')).not.toContain("include");
    expect(patched(patchTsconfig, '{ "files": ["main.ts"] }')).not.toContain("include");
  });

  test("with rootDirs of its own gets a mirror for each, since the longest that fits is the one that is looked up", () => {
    const result = patched(patchTsconfig, '{ "compilerOptions": { "rootDirs": ["./src", "./generated/"] }, "files": [] }');
    expect(JSON.parse(result)).toMatchObject({
      compilerOptions: {
        rootDirs: ["./src", "./generated/", ".", "./.perdure/types/src", "./.perdure/types/generated", "./.perdure/types"],
      },
    });
  });

  test("that has everything is left as it is, however it is written", () => {
    const text = '{ "compilerOptions": { "rootDirs": ["./", ".perdure/types/"] }, "include": ["**/*", "./.perdure/types"] }';
    expect(patchTsconfig(text)).toEqual({ text, changes: [] });
  });

  test("is said in sentences before it is done", () => {
    expect(patchTsconfig("{}")).toMatchObject({
      changes: [expect.stringMatching(/^adds .+ to rootDirs/), expect.stringMatching(/^adds .+ to include/)],
    });
  });

  test("that cannot be read is refused with the line", () => {
    expect(patchTsconfig('{\n  "include": [,\n}')).toEqual({ problem: expect.stringContaining("line 2") });
    expect(patchTsconfig("[]")).toEqual({ problem: expect.stringContaining("tsconfig.json") });
  });

  test("whose compilerOptions are no object is refused, too", () => {
    expect(patchTsconfig('{ "compilerOptions": 5 }')).toEqual({
      problem: "compilerOptions in tsconfig.json is not an object: correct it first.",
    });
  });

  test("keeps the byte order mark that it begins with", () => {
    expect(patched(patchTsconfig, '\uFEFF{ "files": [] }')).toMatch(/^\uFEFF\{[^]*rootDirs/);
  });
});

describe("package.json", () => {
  test("gets the script typegen beside the others", () => {
    const result = patched(patchPackageJson, '{\r\n\t"name": "shop",\r\n\t"scripts": {\r\n\t\t"test": "vitest"\r\n\t}\r\n}\r\n');
    expect(result).toBe(
      '{\r\n\t"name": "shop",\r\n\t"scripts": {\r\n\t\t"test": "vitest",\r\n\t\t"typegen": "perdure typegen"\r\n\t}\r\n}\r\n',
    );
  });

  test("keeps a script of that name that runs something else", () => {
    const text = '{ "scripts": { "typegen": "react-router typegen && perdure typegen" } }';
    expect(patchPackageJson(text)).toEqual({ text, changes: [] });
  });
});

describe(".gitignore", () => {
  test("gets the installed packages and the folder of the types, each on a line of its own", () => {
    expect(patched(patchGitignore, "")).toBe("node_modules/\n.perdure/types/\n");
    expect(patched(patchGitignore, "dist/")).toBe("dist/\nnode_modules/\n.perdure/types/\n");
    expect(patched(patchGitignore, "dist/\r\n")).toBe("dist/\r\nnode_modules/\r\n.perdure/types/\r\n");
  });

  test.each(["node_modules", "/node_modules/", "**/node_modules", "node_*"])("that ignores the packages by %s is left as it is", (line) => {
    expect(patchGitignore(`.perdure\n${line}\n`).changes).toEqual([]);
  });

  test.each([".perdure", ".perdure/", "/.perdure/types", "**/.perdure/**", ".perdure/*"])("that has %s is left as it is", (line) => {
    expect(patchGitignore(`node_modules\n${line}\n`).changes).toEqual([]);
  });

  test("gets the files of data too, each with what SQLite puts beside it", () => {
    const add = (databases: readonly string[], text = "node_modules\n.perdure/\n") =>
      patched((given) => patchGitignore(given, databases), text);
    expect(add(["perdure.db"])).toBe("node_modules\n.perdure/\nperdure.db*\n");
    expect(add(["data/shop.db", "letters.db"])).toBe("node_modules\n.perdure/\ndata/shop.db*\nletters.db*\n");
    expect(add(["#odd [1].db"])).toBe("node_modules\n.perdure/\n\\#odd \\[1].db*\n");
    expect(add(["perdure.db"], "node_modules\n.perdure/\nperdure.db\n")).toBe("node_modules\n.perdure/\nperdure.db\nperdure.db*\n");
    expect(add(["perdure.db"], "node_modules\nperdure.db*\n!perdure.db-wal\n.perdure/")).toMatch(/\nperdure\.db\*\n$/);
  });

  test.each(["*.db*", "/perdure.db*", "**/perdure.db*", "*.db\n*.db-wal\n*.db-shm", "*.db\n*.db-*", "*"])(
    "that ignores the data by %j is left as it is",
    (lines) => {
      expect(patchGitignore(`node_modules\n.perdure\n${lines}\n`, ["perdure.db"]).changes).toEqual([]);
    },
  );
});

describe("a compiler", () => {
  test.each([{}, { moduleResolution: "bundler" }, { module: "preserve" }, { module: "NodeNext", moduleResolution: "Bundler" }])(
    "with %j resolves imports as they stand",
    (options) => {
      expect(explainResolution(options)).toBeUndefined();
    },
  );

  test.each([{ moduleResolution: "NodeNext" }, { module: "nodenext" }, { module: "node18" }, { moduleResolution: "node16" }])(
    "with %j wants an extension",
    (options) => {
      expect(explainResolution(options)).toContain('"./+types/on-order-placed.js"');
    },
  );

  test("of the old kind does not find the package", () => {
    expect(explainResolution({ moduleResolution: "node10" })).toContain("exports");
  });
});
