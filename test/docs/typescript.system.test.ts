import { join, relative } from "node:path";
import { describe, expect, test as it } from "vitest";
import { placeOf, projectFolder, readPages } from "./markdown.ts";
import { createPageProjects, type PageProject } from "./page-projects.ts";
import { runNode } from "./run-node.ts";

describe("the TypeScript of every page", () => {
  it("type-checks in a strict project", async () => {
    const projects = await createPageProjects(readPages());
    expect(projects.flatMap(({ blocks }) => [...blocks]).length).toBeGreaterThan(40);
    expect(await typeCheck(projects)).toBe("");
  }, 60_000);
});

/** What the compiler finds, by the pages and lines of the blocks. */
async function typeCheck(projects: readonly PageProject[]): Promise<string> {
  const root = join(projects[0]!.folder, "..");
  const folders = projects.map(({ folder }) => relative(root, folder));
  const output = await runNode(root, [join(projectFolder, "node_modules/typescript/bin/tsc"), "-b", ...folders]).catch(
    (error: Error) => error.message,
  );
  return output.replace(/^([^\s(]+)\((\d+),/gm, (found, file: string, line: string) => {
    for (const { folder, blocks } of projects) {
      const block = blocks.get(relative(folder, join(root, file)));
      if (block !== undefined) return `${placeOf({ ...block, line: block.line + Number(line) })}: (${line},`;
    }
    return found;
  });
}
