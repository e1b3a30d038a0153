import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test as it } from "vitest";
import { type InstalledPackages, installPackages, run } from "../support/installed-packages.ts";
import { takeTurns } from "../support/long-form.ts";
import { type NodeMajor, nodeMajors, type NodeVersion, provideNode } from "../support/node-versions.ts";
import { projectFolder } from "../support/project-folder.ts";
import { expected } from "./way-project.ts";
import { type Layout, layouts, type Way, ways } from "./ways.ts";

// All ways on all versions of Node with `npm run test:ways`. CI goes two of the most trodden ones each day, on the Node that it has.
const isAll = process.env["PERDURE_WAYS"] !== undefined;
const own = Number(process.versions.node.split(".")[0]);
const taken = isAll
  ? ways
  : takeTurns(
      ways.filter(({ isInCi = false }) => isInCi),
      2,
    );
const majors = isAll ? nodeMajors : nodeMajors.filter((major) => major === own);

interface Machine {
  readonly node: NodeVersion;
  readonly packages: InstalledPackages;
}

const machines = new Map<NodeMajor, Promise<Machine>>();
const projects = new Map<string, Promise<string>>();
afterAll(async () => {
  for (const machine of machines.values()) (await machine).packages.remove();
}, 60_000);

const nameOf = ({ layout, reader }: Way) => `${layout}, run by ${reader === undefined ? "Node alone" : reader.split("/")[0]}`;

describe.each(majors)("on Node %i, a program", (major) => {
  it.each(taken.filter(({ from = 0 }) => from <= major).map((way) => [nameOf(way), way] as const))(
    "%s, type-checks, handles an event, and shares a module with its domain",
    async (_, { layout, reader, main }) => {
      const { node, packages } = await onMachine(major);
      const project = await onceFor(`${major} ${layout}`, () => buildProject(packages, layout));
      const args = [...(reader === undefined ? [] : [join(packages.modules, reader)]), main];
      const output = await run(node.executable, args, project, { NODE_ENV: "production" });
      // Node says that reading TypeScript is an experiment, until 24.
      expect(output.split("\n")).toContain(expected);
    },
    120_000,
  );
});

function onMachine(major: NodeMajor): Promise<Machine> {
  const machine = machines.get(major) ?? provideMachine(major);
  machines.set(major, machine);
  return machine;
}

async function provideMachine(major: NodeMajor): Promise<Machine> {
  const node = await provideNode(major);
  return { node, packages: await installPackages(node.driver) };
}

function onceFor(name: string, build: () => Promise<string>): Promise<string> {
  const project = projects.get(name) ?? build();
  projects.set(name, project);
  return project;
}

/** Makes a project, generates and checks its types, builds it, and gives its folder. */
async function buildProject(packages: InstalledPackages, name: keyof typeof layouts): Promise<string> {
  const layout: Layout = layouts[name];
  const project = join(packages.folder, name.replaceAll(/\W+/g, "-"));
  for (const [path, text] of Object.entries(layout.files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  if (name === "workspace") linkWorkspace(project);
  const tsc = join(packages.modules, "typescript/bin/tsc");
  await run(process.execPath, [join(projectFolder, "dist/cli/main.js"), "typegen"], join(project, layout.typed));
  await run(process.execPath, [tsc, "-p", layout.typed, "--noEmit"], project);
  if (name === "workspace") await run(process.execPath, [tsc, "-p", "app", "--noEmit"], project);
  for (const [program, ...args] of layout.build ?? []) {
    if (program === "tsc") await run(process.execPath, [tsc, ...args], project);
    else await run(join(packages.modules, "esbuild/bin", program), args, project);
  }
  if (layout.kept !== undefined) keepOnly(project, layout.kept);
  return project;
}

/** As package managers do it. */
function linkWorkspace(project: string): void {
  mkdirSync(join(project, "node_modules"));
  symlinkSync(join(project, "orders"), join(project, "node_modules/orders"));
}

function keepOnly(project: string, kept: readonly string[]): void {
  for (const name of readdirSync(project)) if (!kept.includes(name)) rmSync(join(project, name), { recursive: true });
}
