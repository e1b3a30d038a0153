import { join } from "node:path";
import { expect, test } from "vitest";
import { projectFolder, readBlocks, readPage } from "./markdown.ts";
import { createPageProjects } from "./page-projects.ts";
import { runNode } from "./run-node.ts";

const guide = readPage("docs/guides/testing.md");

test("the tests of the testing guide pass, and the one that is said to fail says what the guide says", async () => {
  const [project] = await createPageProjects([guide]);
  const vitest = join(projectFolder, "node_modules/vitest/vitest.mjs");
  const run = (...files: readonly string[]) => runNode(project!.folder, [vitest, "run", "--no-cache", "--testTimeout=30000", ...files]);

  expect(await run("order-lifecycle", "shop", "paths", "matchers")).toMatch(/Test Files {2}4 passed \(4\)\n\s+Tests {2}10 passed \(10\)/);

  const failure = await run("wrong").catch(({ message }: Error) => message);
  const [shown] = readBlocks(guide).filter(({ language }) => language === "text");
  expect(failure.replace("AssertionError: ", "")).toContain(shown!.code.trim());
}, 60_000);

test("the tests of the page about charts of one's own pass", async () => {
  const [project] = await createPageProjects([readPage("docs/guides/your-own-chart.md")]);
  const vitest = join(projectFolder, "node_modules/vitest/vitest.mjs");
  expect(await runNode(project!.folder, [vitest, "run", "--no-cache", "--testTimeout=30000"])).toMatch(/Tests {2}2 passed \(2\)/);
}, 60_000);

test("the tests of the page about waiting for several things pass", async () => {
  // The last edition has all files of the page.
  const project = (await createPageProjects([readPage("docs/guides/waiting-for-several-things.md")])).at(-1);
  const vitest = join(projectFolder, "node_modules/vitest/vitest.mjs");
  expect(await runNode(project!.folder, [vitest, "run", "--no-cache", "--testTimeout=30000"])).toMatch(/Tests {2}2 passed \(2\)/);
}, 60_000);
