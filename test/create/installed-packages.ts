import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";

/** A folder in which projects have their packages: Perdure from its tarball, as it would be published, and all others of this project. */
export interface InstalledPackages {
  readonly folder: string;
  /** Gives the project in `folder` its `node_modules`, with the programs that its scripts call. */
  install(folder: string): void;
  remove(): void;
}

const programs = { perdure: "perdure/dist/cli/main.js", tsc: "typescript/bin/tsc", tsx: "tsx/dist/cli.mjs", vitest: "vitest/vitest.mjs" };

export async function installPackages(): Promise<InstalledPackages> {
  const folder = mkdtempSync(join(tmpdir(), "perdure-test-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  for (const name of readdirSync(join(projectFolder, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(projectFolder, "node_modules", name), join(modules, name));
  }
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], projectFolder);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  mkdirSync(join(modules, "perdure"));
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", join(modules, "perdure")], folder);
  for (const [name, path] of Object.entries(programs)) symlinkSync(join("..", path), join(modules, ".bin", name));
  return {
    folder,
    install: (project) => symlinkSync(modules, join(project, "node_modules")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
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
