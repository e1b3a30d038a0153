import { copyFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test as it } from "vitest";
import { createProject, type InstalledProject } from "../installation/installed-project.ts";
import { nodeMajors, type NodeMajor, type NodeVersion, provideNode } from "../support/node-versions.ts";
import { type Ended, startProcess } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";

/** With `npm run test:nodes`, because it needs other versions of Node, 190 MB each, which it installs once. */
const isWanted = process.env["PERDURE_EACH_NODE"] !== undefined;
const wanted = nodeMajors.filter((major) => (process.env["PERDURE_EACH_NODE"] ?? "").split(",").includes(String(major)));
const tested = wanted.length > 0 ? wanted : nodeMajors;

const INSTALLATION_MS = 600_000;
const drivers = (major: NodeMajor) => (major < 22 ? (["better-sqlite3"] as const) : (["better-sqlite3", "node:sqlite"] as const));

describe.skipIf(!isWanted).each(tested)("on Node %d", (major) => {
  let project: InstalledProject;
  let node: NodeVersion;

  beforeAll(async () => {
    node = await provideNode(major);
    project = createProject();
    project.replace("better-sqlite3", {});
    symlinkSync(node.driver, join(project.folder, "node_modules/better-sqlite3"));
    await bundleCheck(join(project.folder, "check-driver.mjs"));
    copyFileSync(join(projectFolder, "test/nodes/smoke.mjs"), join(project.folder, "smoke.mjs"));
  }, INSTALLATION_MS);
  afterAll(() => rmSync(project.folder, { recursive: true, force: true }));

  const run = (program: string, args: readonly string[]): Promise<Ended> =>
    startProcess(node.executable, [program, ...args], { cwd: project.folder, env: node.env }).ended;

  it("runs that version", async () => {
    expect((await run("-p", ["process.versions.node"])).stdout).toMatch(new RegExp(`^${major}\\.`));
  });

  describe.each(drivers(major))("with %s", (driver) => {
    it("keeps the rules of a driver, and the contract of a store", async () => {
      const { code, stdout, output } = await run("check-driver.mjs", [driver]);
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(JSON.parse(stdout)).toMatchObject({ driver: expect.stringMatching(`^${driver}`) as string, broken: [] });
    });

    it("starts a process, handles its events, and goes on after a kill with its timer", async () => {
      const path = join(createTemporaryFolder(), "perdure.db");
      const { signal, output } = await run("smoke.mjs", ["live", path, driver]);
      expect({ signal, output }).toMatchObject({ signal: "SIGKILL" });
      await expectDone(run("smoke.mjs", ["go on", path, driver]));
    });
  });

  describe.skipIf(major < 22)("with both drivers", () => {
    it("shares a connection of node:sqlite with the program, and its transactions", () =>
      expectDone(run("smoke.mjs", ["share a connection", join(createTemporaryFolder(), "shop.db")])));

    it.each(drivers(major))("refuses another driver beside %s on the same file, as long as that has it open", (driver) =>
      expectDone(run("smoke.mjs", ["mix drivers", join(createTemporaryFolder(), "perdure.db"), driver])),
    );
  });

  it("says what opens the store, and takes node:sqlite with a warning where better-sqlite3 is missing", async () => {
    const doctor = () => run("node_modules/perdure/dist/cli/main.js", ["doctor"]);
    expect((await doctor()).stdout).toMatch(/^ok +driver +better-sqlite3 \d+\.\d+\.\d+ with SQLite 3\./m);
    project.replace("better-sqlite3", {});
    const { code, output } = await doctor();
    const path = join(createTemporaryFolder(), "perdure.db");
    const live = await run("smoke.mjs", ["live", path]);
    symlinkSync(node.driver, join(project.folder, "node_modules/better-sqlite3"));
    if (major < 22) {
      expect(code).toBe(1);
      expect(output).toMatch(/^failure +driver +.*better-sqlite3 cannot be loaded.*\n.*Node 22\.16 or later has a driver of its own/m);
      expect(live.stderr).toContain("DRIVER_UNUSABLE");
    } else {
      expect(output).toMatch(/^warning +driver +node:sqlite of Node .* with SQLite 3\..*, because .*better-sqlite3 cannot be loaded/m);
      expect(live).toMatchObject({ signal: "SIGKILL" });
      expect(live.stderr.match(/PERDURE_DRIVER/g)).toHaveLength(1);
    }
  });
});

async function expectDone(running: Promise<Ended>): Promise<void> {
  const { code, output } = await running;
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain('"done"');
}

/** One file, which takes the driver from where it lies. */
async function bundleCheck(outfile: string): Promise<void> {
  await build({
    absWorkingDir: projectFolder,
    entryPoints: ["test/nodes/check-driver.ts"],
    outfile,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    logLevel: "warning",
  });
}
