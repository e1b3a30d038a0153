import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "./os-process.ts";
import { projectFolder } from "./project-folder.ts";

/** A folder in which projects have their packages: Perdure from its tarball, as it would be published, and all others of this project. */
export interface InstalledPackages {
  readonly folder: string;
  /** The path of `node_modules`. */
  readonly modules: string;
  /** Gives the project in `folder` its `node_modules`, with the programs that its scripts call. */
  install(folder: string): void;
  remove(): void;
}

const programs = { perdure: "perdure/dist/cli/main.js", tsc: "typescript/bin/tsc", tsx: "tsx/dist/cli.mjs", vitest: "vitest/vitest.mjs" };

/** `driver` is the folder of the `better-sqlite3` in it, for another Node than the one that runs. */
export async function installPackages(driver: string = join(projectFolder, "node_modules/better-sqlite3")): Promise<InstalledPackages> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-test-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  for (const name of readdirSync(join(projectFolder, "node_modules"))) {
    if (!name.startsWith(".") && name !== "better-sqlite3") symlinkSync(join(projectFolder, "node_modules", name), join(modules, name));
  }
  symlinkSync(driver, join(modules, "better-sqlite3"));
  mkdirSync(join(modules, "perdure"));
  await run("tar", ["-xzf", await packPerdure(folder), "--strip-components=1", "-C", join(modules, "perdure")], folder);
  for (const [name, path] of Object.entries(programs)) symlinkSync(join("..", path), join(modules, ".bin", name));
  return {
    folder,
    modules,
    install: (project) => symlinkSync(modules, join(project, "node_modules")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Makes the tarball that would be published, of what is built, and gives its path. */
export async function packPerdure(folder: string): Promise<string> {
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], projectFolder);
  return join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".tgz"))!,
  );
}

/** Runs a program to its end, and gives what it has printed. @throws unless it succeeds */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, output } = await startProcess(command, args, { cwd, env, onFinished: () => {} }).ended;
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${code}: ${output}`);
  return output;
}
