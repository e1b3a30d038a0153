import { describe, expect, test as it } from "vitest";
import { Project } from "./perdure.ts";
import { runHere } from "./run-here.ts";

describe("perdure check", () => {
  it("finds nothing in a domain without fault", async () => {
    expect(await runHere(new Project(), ["check", "--strict"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "1 process: 0 errors, 0 warnings\n",
    });
  });

  it("passes warnings unless it is strict", async () => {
    const project = new Project({
      "domain/order/processes/no-end/index.ts": "export const config = () => ({ startedBy: ['OrderPlaced'], completedBy: [] });",
    });
    const { code, stdout } = await runHere(project, ["check"]);
    expect(code).toBe(0);
    for (const warning of ["TIMEOUT_MISSING", "NEVER_ENDS", "FAILED_HANDLER_MISSING"]) expect(stdout).toContain(warning);
    expect((await runHere(project, ["check", "--strict"])).code).toBe(1);
  });

  it("fails on errors, among them a file that no process owns", async () => {
    const project = new Project({ "domain/order/processes/stray.ts": "" });
    const { code, stdout } = await runHere(project, ["check", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      diagnostics: [{ severity: "error", code: "FILE_UNEXPECTED", file: "domain/order/processes/stray.ts" }],
    });
  });
});

describe("perdure graph", () => {
  it.each([
    ["mermaid", /^stateDiagram-v2\n/],
    ["svg", /^<svg /],
    ["dot", /^digraph /],
    ["json", /^\{\n {2}"id": "order\/order-lifecycle"/],
  ])("draws a process as %s", async (format, beginning) => {
    const { code, stdout } = await runHere(new Project(), ["graph", "order-lifecycle", "--format", format]);
    expect(code).toBe(0);
    expect(stdout).toMatch(beginning);
  });

  it.each([
    ["mermaid", /^flowchart LR\n[^]* process_1 -\.-> command_\d\n/],
    ["svg", /^<svg [^]*<title>process order\/order-lifecycle/],
    ["dot", /^digraph "the domain" \{\n/],
    ["json", /^\{\n {2}"nodes": \[/],
  ])("draws the domain as %s", async (format, form) => {
    const { code, stdout } = await runHere(new Project(), ["graph", "--domain", "--format", format]);
    expect(code).toBe(0);
    expect(stdout).toMatch(form);
  });

  it("tells what is wrong with a domain as other commands do", async () => {
    for (const config of ['{ domain: "./no-such-domain" }', "{ domain: [] }"]) {
      const project = new Project({ "perdure.config.ts": `export default ${config};` });
      const [drawn, checked] = [await runHere(project, ["graph", "--domain"]), await runHere(project, ["graph", "order-lifecycle"])];
      expect(drawn).toMatchObject({ code: 1, stdout: "" });
      expect(drawn.stderr).toMatch(/DOMAIN|domain/);
      expect(drawn.stderr).toBe(checked.stderr);
    }
  });

  it("suggests the process that was meant", async () => {
    const { code, stderr } = await runHere(new Project(), ["graph", "order-lifecicle"]);
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining("did you mean order-lifecycle?") as string });
  });
});

describe("perdure typegen", () => {
  it("writes what is missing, and --check tells drift by its exit code", async () => {
    const project = new Project();
    expect((await runHere(project, ["typegen", "--check"])).code).toBe(5);
    expect((await runHere(project, ["typegen"])).code).toBe(0);
    expect(project.has(".perdure/types/domain/order/processes/order-lifecycle/+types/on-order-placed.d.ts")).toBe(true);
    expect((await runHere(project, ["typegen", "--check"])).code).toBe(0);
    expect((await runHere(project, ["typegen"])).stderr).toMatch(/^0 files written/);
  });

  it("says that TypeScript wants extensions until the files of the domain have them", async () => {
    const tsconfig = { compilerOptions: { module: "NodeNext", rootDirs: [".", "./.perdure/types"] }, include: [".", ".perdure/types"] };
    const project = (name: string) =>
      new Project({
        "tsconfig.json": JSON.stringify(tsconfig),
        "domain/order/commands/notify.ts": `import type { Command } from "./+types/${name}";\nexport function handler(_: Command.HandlerArgs) {}\n`,
      });
    expect((await runHere(project("notify"), ["typegen"])).stderr).toContain("wants an extension on relative imports");
    expect((await runHere(project("notify.ts"), ["typegen"])).stderr).not.toContain("wants an extension");
  });

  it("says where to make the types of a domain that lies in another package", async () => {
    const project = new Project({
      "app/perdure.config.ts": 'export default { domain: "../domain", store: { path: ":memory:" } };',
      "app/tsconfig.json": '{ "compilerOptions": { "rootDirs": [".", "./.perdure/types"] }, "include": [".", ".perdure/types"] }',
    });
    const { code, stderr } = await project.run(["typegen"], { in: "app" });
    expect(stderr).toMatch(/warning: \/.*\/domain is not below the folder of perdure\.config\.ts[^]*run `perdure typegen` there/);
    expect(code).toBe(0);
  });

  it("says what to do when tsconfig.json does not lead to the types", async () => {
    const { stderr } = await runHere(new Project({ "tsconfig.json": "{}" }), ["typegen"]);
    expect(stderr).toContain("Run `perdure init`");
  });
});
