import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test as it } from "vitest";
import { runNode } from "../support/os-process.ts";
import { createProject, type InstalledProject } from "./installed-project.ts";

const unbuilt = {
  "package.json": '{ "version": "12.0.0", "main": "index.js" }',
  "index.js": 'module.exports = class { constructor() { throw new Error("Could not locate the bindings file. Tried:\\n → /x"); } };',
};
const xstate4 = { "package.json": '{ "version": "4.38.3", "main": "index.js" }', "index.js": "exports.createMachine = () => {};" };

describe("a project whose packages are broken", () => {
  let project: InstalledProject;
  const run = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runNode(args, { cwd: project.folder });
    return { code, text: stdout + stderr };
  };
  const perdure = (...args: readonly string[]) => run("node_modules/perdure/dist/cli/main.js", ...args);

  // It is large, so all tests share it; the last one breaks it further.
  beforeAll(() => {
    project = createProject();
    project.replace("better-sqlite3", unbuilt);
    project.replace("xstate", xstate4);
  });
  afterAll(() => rmSync(project.folder, { recursive: true, force: true }));

  it("hears a sentence from the commands that need them, and from a program", async () => {
    writeFileSync(
      join(project.folder, "main.mjs"),
      'import { createProcessSystem } from "perdure";\nawait createProcessSystem({ domain: "./domain" }).catch(({ name, code, message }) => console.log(name, code, message));',
    );
    const ended = await Promise.all([
      perdure("send", "OrderPlaced", "order-1"),
      perdure("check"),
      perdure("graph", "order-lifecycle"),
      run("main.mjs"),
    ]);
    expect(ended.map(({ code }) => code)).toEqual([1, 1, 1, 0]);
    for (const { text } of ended)
      expect(text).toMatch(/(?:error:|ProcessError XSTATE_UNUSABLE) xstate 4\.38\.3 is installed, .*\n {2}Run `pnpm add xstate@5`\.\n$/);
  });

  it("is examined by the doctor, with all that can be looked at", async () => {
    const { code, text } = await perdure("doctor");
    expect(code).toBe(1);
    expect(text).toMatch(/^failure {2}XState +xstate 4\.38\.3 is installed/m);
    expect(text).toMatch(/^failure {2}driver +.*without its binary.*\n +To build it, run `pnpm approve-builds`/m);
    expect(text).toMatch(/^ok +definitions +1 process/m);
    expect(text).not.toMatch(/\n\s+at /);
  });

  it("hears a sentence where nothing can read its TypeScript", async () => {
    project.replace("jiti", {});
    project.restore("xstate");
    const ended = await Promise.all([perdure("check"), run("main.mjs")]);
    project.replace("xstate", xstate4);
    for (const { text } of ended) expect(text).toMatch(/jiti, which reads TypeScript, cannot be loaded: Cannot find module 'jiti'/);
    expect(ended.map(({ code }) => code)).toEqual([1, 0]);
    expect(ended[0].text).toMatch(/\n {2}Run `pnpm install`\.\n$/);
    expect(ended[1].text).toContain("INSTALLATION_BROKEN");
  });

  it("hears a sentence as well where the command line itself cannot be loaded", async () => {
    project.replace("commander", {});
    const [list, doctor] = await Promise.all([perdure("list"), perdure("doctor")]);
    expect(list).toEqual({
      code: 1,
      text: expect.stringMatching(
        /^error: the command line cannot be loaded: Cannot find package 'commander'.*\n {2}Run `pnpm install`\.\n$/,
      ) as string,
    });
    expect(doctor.text).toMatch(
      /^ok +Node .*\nfailure {2}XState .*\n.*\nfailure {2}driver .*\n.*\nfailure {2}packages .*commander.*\n +Run `pnpm install`\.\n$/,
    );
  });
});
