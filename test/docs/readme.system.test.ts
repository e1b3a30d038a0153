import { describe, expect, test as it } from "vitest";
import { readBlocks, readPage } from "./markdown.ts";
import { createPageProjects } from "./page-projects.ts";
import { runFile } from "./run-node.ts";

/** A folder with the files of the README. */
async function createProject(): Promise<string> {
  const [project] = await createPageProjects([readPage("README.md")]);
  return project!.folder;
}

describe("the code in README.md", () => {
  it("begins within the first fifteen lines", () => {
    expect(readBlocks(readPage("README.md"))[0]).toMatchObject({ language: "ts", line: expect.toSatisfy((line: number) => line <= 15) });
  });

  it("begins with a whole program, whose event counts once", async () => {
    const folder = await createProject();
    expect(await runFile(folder, "first.ts")).toBe("welcome order-1\n");
    expect(await runFile(folder, "first.ts")).toBe("");
  });

  it("runs: the event is accepted once, and is a duplicate when the program runs again", async () => {
    const folder = await createProject();
    const first = await runFile(folder, "main.ts");
    expect(first).toMatch(/^accepted\nstarted \d{4}-/);
    expect(await runFile(folder, "main.ts")).toBe(first.replace("accepted", "duplicate"));
  });

  it("walks through the chart to the state that it says", async () => {
    expect(await runFile(await createProject(), "chart.ts")).toBe("started\nstarted\ntimed_out\n");
  });

  it("tests what it says it tests", async () => {
    expect(await runFile(await createProject(), "order-lifecycle.test.ts")).toMatch(/pass 3\n[^]*fail 0\n/);
  });
});
