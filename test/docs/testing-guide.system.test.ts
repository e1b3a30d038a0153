import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { runNode } from "../support/os-process.ts";
import { projectFolder, readBlocks, readPage } from "./markdown.ts";
import { createPageProjects } from "./page-projects.ts";

const guide = readPage("docs/guides/testing.md");
const pages = [guide, readPage("docs/guides/your-own-chart.md"), readPage("docs/guides/waiting-for-several-things.md")];

interface Report {
  readonly testResults: readonly { readonly name: string; readonly assertionResults: readonly { readonly status: string }[] }[];
}

// As a project has it: Perdure is a package, and Vitest leaves packages to Node. Here it is a link to this project.
const config = 'export default { test: { testTimeout: 30_000, setupFiles: "enter.mjs", server: { deps: { external: [/\\/dist\\//] } } } };';

// A page's paths begin at the folder of its project.
const enter = 'import { expect } from "vitest"; process.chdir(new URL(".", `file://${expect.getState().testPath}`).pathname);';

// All pages in one run, because most of its time goes into starting Vitest.
test("the tests of the pages pass, and the one of the testing guide that is said to fail says what the guide says", async () => {
  const projects = await createPageProjects(pages);
  // The last edition of a page has all its files.
  const folders = pages.map(({ path }) => projects.findLast(({ page }) => page === path)!.folder);
  const root = dirname(folders[0]!);
  writeFileSync(join(root, "vitest.config.mjs"), config);
  writeFileSync(join(root, "enter.mjs"), enter);
  const [first, ...others] = folders;
  // The guide's store is an example of how a store is tested, and does not exist.
  const wanted = [...["order-lifecycle", "reviews", "shop", "paths", "matchers", "wrong"].map((name) => `${first}/${name}`), ...others];
  const vitest = join(projectFolder, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", "--outputFile.json=report.json"];
  const { code, output } = await runNode([vitest, "run", "--no-cache", ...reporters, ...wanted], {
    cwd: root,
  });

  const { testResults } = JSON.parse(readFileSync(join(root, "report.json"), "utf8")) as Report;
  const results = folders.map((folder) => {
    const files = testResults.filter(({ name }) => name.startsWith(`${folder}/`));
    const tests = files.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ status }) => ({ file: relative(folder, name), status })),
    );
    return {
      files: files.length,
      passed: tests.filter(({ status }) => status === "passed").length,
      failed: tests.filter(({ status }) => status !== "passed").map(({ file }) => file),
    };
  });
  expect(results).toEqual([
    { files: 6, passed: 12, failed: ["wrong.test.ts"] },
    { files: 1, passed: 2, failed: [] },
    { files: 1, passed: 2, failed: [] },
  ]);
  expect(code).toBe(1);

  const [shown] = readBlocks(guide).filter(({ language }) => language === "text");
  expect(output.replace("AssertionError: ", "")).toContain(shown!.code.trim());
}, 120_000);
