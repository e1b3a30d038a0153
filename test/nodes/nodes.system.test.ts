import { copyFileSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { defineProcess } from "perdure";
import { connectRestate } from "perdure/restate";
import { afterAll, beforeAll, describe, expect, test as it } from "vitest";
import { createProject, type InstalledProject } from "../installation/installed-project.ts";
import { nodeMajors, provideNode } from "../support/node-versions.ts";
import { type Ended, startProcess } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";
import { isRestateHere, startRestateServer } from "../support/restate-server.ts";
import { silentLogger } from "../support/silent-logger.ts";
import { createTemporaryFolder } from "../support/temporary-folder.ts";
import { providePackage } from "./provide-package.ts";

/*
 * What runs Perdure, with each driver that it has: `npm run test:nodes`. Not a part of `npm test`, because it needs other versions of Node, 190 MB each,
 * and installs them when it is first run. `PERDURE_EACH_NODE=22,bun` takes some of them.
 */
const wish = process.env["PERDURE_EACH_NODE"];

interface Runtime {
  /** As the doctor names it. */
  readonly title: string;
  readonly hasNodeSqlite: boolean;
  provide(): Promise<Runnable>;
}

interface Runnable {
  readonly executable: string;
  /** The folder of a better-sqlite3 that loads in it. */
  readonly driver: string;
  readonly env: Readonly<Record<string, string>>;
}

const runtimes: Readonly<Record<string, Runtime>> = {
  ...Object.fromEntries(
    nodeMajors.map((major): [string, Runtime] => [
      String(major),
      { title: `Node ${major}.`, hasNodeSqlite: major >= 22, provide: () => provideNode(major) },
    ]),
  ),
  bun: {
    title: "Bun ",
    hasNodeSqlite: true,
    provide: async () => {
      const name = `@oven/bun-${process.platform}-${process.arch}`;
      const executable = join(await providePackage(name, "^1.4"), name, "bin/bun");
      return { executable, driver: (await provideNode(24)).driver, env: { PATH: `${dirname(executable)}:${process.env["PATH"]}` } };
    },
  },
};

const tested = Object.entries(runtimes).filter(([name]) => wish === undefined || wish === "all" || wish.split(",").includes(name));
const INSTALLATION_MS = 600_000;
const RESTATE_MS = 120_000;

describe.skipIf(wish === undefined).each(tested)("on %s", (_, { title, hasNodeSqlite, provide }) => {
  let project: InstalledProject;
  let runnable: Runnable;

  beforeAll(async () => {
    runnable = await provide();
    project = createProject();
    project.replace("better-sqlite3", {});
    link("better-sqlite3", runnable.driver);
    await bundleCheck(join(project.folder, "check-driver.mjs"));
    for (const file of ["smoke.mjs", "restate-service.mjs"])
      copyFileSync(join(projectFolder, "test/nodes", file), join(project.folder, file));
  }, INSTALLATION_MS);
  afterAll(() => rmSync(project.folder, { recursive: true, force: true }));

  const link = (name: string, target: string) => {
    const place = join(project.folder, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    rmSync(place, { force: true });
    symlinkSync(target, place);
  };
  const start = (program: string, args: readonly string[]) =>
    startProcess(runnable.executable, [program, ...args], { cwd: project.folder, env: runnable.env });
  const run = (program: string, args: readonly string[]): Promise<Ended> => start(program, args).ended;
  const doctor = () => run("node_modules/perdure/dist/cli/main.js", ["doctor"]);
  const drivers = hasNodeSqlite ? (["better-sqlite3", "node:sqlite"] as const) : (["better-sqlite3"] as const);

  describe.each(drivers)("with %s", (driver) => {
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

  describe.skipIf(!hasNodeSqlite)("with both drivers", () => {
    it("shares a connection of node:sqlite with the program, and its transactions", () =>
      expectDone(run("smoke.mjs", ["share a connection", join(createTemporaryFolder(), "shop.db")])));

    it.each(drivers)("refuses another driver beside %s on the same file, as long as that has it open", (driver) =>
      expectDone(run("smoke.mjs", ["mix drivers", join(createTemporaryFolder(), "perdure.db"), driver])),
    );
  });

  it("says what runs it and what opens the store", async () => {
    const { stdout } = await doctor();
    expect(stdout).toMatch(new RegExp(`^ok +Node +${title}`, "m"));
    expect(stdout).toMatch(/^ok +driver +better-sqlite3 \d+\.\d+\.\d+ with SQLite 3\./m);
  });

  it("takes node:sqlite with one warning where better-sqlite3 is missing, or says how to get a driver", async () => {
    rmSync(join(project.folder, "node_modules/better-sqlite3"));
    const { code, output } = await doctor();
    const live = await run("smoke.mjs", ["live", join(createTemporaryFolder(), "perdure.db")]);
    link("better-sqlite3", runnable.driver);
    if (hasNodeSqlite) {
      expect(output).toMatch(/^warning +driver +node:sqlite of .* with SQLite 3\..*, because .*better-sqlite3 cannot be loaded/m);
      expect(live).toMatchObject({ signal: "SIGKILL" });
      expect(live.stderr.match(/PERDURE_DRIVER/g)).toHaveLength(1);
    } else {
      expect(code).toBe(1);
      expect(output).toMatch(/^failure +driver +.*better-sqlite3 cannot be loaded.*\n.*Node 22\.16 or later has a driver of its own/m);
      expect(live.stderr).toContain("DRIVER_UNUSABLE");
    }
  });

  // The oldest SDK that is supported, and the one that is developed with.
  it.skipIf(!isRestateHere()).each(["1.14.4", "^1.17.2"])(
    "serves a process to Restate with its SDK %s, and goes on after a kill with its timer",
    { timeout: RESTATE_MS },
    async (range) => {
      link("@restatedev/restate-sdk", join(await providePackage("@restatedev/restate-sdk", range), "@restatedev/restate-sdk"));
      await using server = await startRestateServer();
      const serve = async (port: number) => {
        const service = start("restate-service.mjs", [String(port)]);
        return { service, port: Number(/\d+/.exec(await service.line("stdout", /serves on \d+/))![0]) };
      };
      const { service, port } = await serve(0);
      await server.register(`http://127.0.0.1:${port}`);
      await using system = await connectRestate({
        definitions: [order],
        logger: silentLogger,
        ingress: server.ingress,
        admin: server.admin,
      });
      await system.dispatch({ type: "OrderPlaced", aggregateId: "packed" });
      // Its hour is over when the service is back.
      const almostAnHourAgo = new Date(Date.now() - 3_600_000 + 3_000);
      await system.dispatch({ type: "OrderPlaced", aggregateId: "waiting", occurredAt: almostAnHourAgo });
      await system.processes.waitFor({ process: "order/order-lifecycle", aggregateId: "packed" }, { status: "started" });
      await service.kill();
      await serve(port);
      await system.dispatch({ type: "OrderPacked", aggregateId: "packed" });
      await system.processes.waitFor({ process: "order/order-lifecycle", aggregateId: "packed" }, { status: "completed" });
      await system.processes.waitFor({ process: "order/order-lifecycle", aggregateId: "waiting" }, { status: "timed_out" });
    },
  );
});

/** What restate-service.mjs serves. */
const order = defineProcess({
  aggregate: "order",
  name: "order-lifecycle",
  startedBy: ["OrderPlaced"],
  completedBy: ["OrderPacked"],
  timeout: "1h",
  on: { OrderPlaced: () => {}, OrderPacked: () => {} },
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
