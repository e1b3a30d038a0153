import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test as it } from "vitest";
import { readLinks, readPage } from "../docs/markdown.ts";
import { startProcess } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";

let packed: Promise<readonly string[]> | undefined;

/** The paths of all files in the package. */
function listPacked(): Promise<readonly string[]> {
  return (packed ??= pack());
}

async function pack(): Promise<readonly string[]> {
  const { code, stdout } = await startProcess("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], { cwd: projectFolder }).ended;
  expect(code).toBe(0);
  const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
  return files.map(({ path }) => path);
}

describe("what npm publishes", () => {
  it("is the library and its sources, the command line, the demo, the examples and the documentation, and nothing else", async () => {
    const files = await listPacked();
    const isMeant = (path: string) =>
      /^(?:[A-Z]+(?:\.md)?|package\.json|llms\.txt)$/.test(path) ||
      /^dist\/.*\.(?:js|js\.map|d\.ts|html)$/.test(path) ||
      /^src\/.*\.(?:tsx?|css|html|mjs|json)$/.test(path) ||
      /^demo\/domain\/.*\.js$/.test(path) ||
      /^docs\/.*\.(?:md|svg|png|json)$/.test(path) ||
      /^examples\/.*\.(?:ts|md|json|html|css)$/.test(path);
    expect(files.filter((path) => !isMeant(path))).toEqual([]);
    expect(files.filter((path) => /\.test\.|node_modules|\.perdure|\.db\b|tsbuildinfo/.test(path))).toEqual([]);
    for (const path of ["LICENSE", "README.md", "CHANGELOG.md", "llms.txt", "dist/index.d.ts", "docs/for-assistants.md"]) {
      expect(files).toContain(path);
    }
  });

  it("has what each link of its pages leads to, and what llms.txt leads to", async () => {
    const files = await listPacked();
    const isThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path.replace(/\/$/, "")}/`));
    const links = files.filter((path) => /\.md$|^llms\.txt$/.test(path)).flatMap((path) => readLinks(readPage(path)));
    expect(links.length).toBeGreaterThan(500);
    expect(links.filter(({ path }) => !isThere(path)).map(({ from, path }) => `${from}: ${path}`)).toEqual([]);
  });

  it("has the source of each line that a stack can name", async () => {
    const files = await listPacked();
    const maps = files.filter((path) => path.endsWith(".map"));
    expect(maps.length).toBeGreaterThan(100);
    const sources = new Set(
      maps.flatMap((path) => {
        const { sources: named } = JSON.parse(readFileSync(join(projectFolder, path), "utf8")) as { readonly sources: readonly string[] };
        return named.map((source) => normalize(join(dirname(path), source)));
      }),
    );
    expect([...sources].filter((source) => !files.includes(source))).toEqual([]);
  });
});
