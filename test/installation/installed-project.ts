import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inTypeScript, orderFiles } from "../cli/perdure.ts";
import { projectFolder } from "../support/project-folder.ts";

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
  readonly dependencies: object;
  readonly optionalDependencies: object;
};
// Of a package with a scope, the scope's folder.
const packages = new Set(["xstate", ...Object.keys({ ...dependencies, ...optionalDependencies }).map((name) => name.split("/")[0]!)]);

export interface InstalledProject {
  readonly folder: string;
  replace(name: string, files: Readonly<Record<string, string>>): void;
  restore(name: string): void;
}

/** A project whose packages can be broken: Perdure is copied, so that it finds no others, and none that a project need not have. */
export function createProject(): InstalledProject {
  const folder = mkdtempSync(join(tmpdir(), "perdure-test-"));
  for (const [path, text] of Object.entries({ ...inTypeScript(orderFiles), "pnpm-lock.yaml": "" })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "perdure"), { recursive: true });
  for (const part of ["dist", "package.json"]) cpSync(join(projectFolder, part), join(modules, "perdure", part), { recursive: true });
  for (const name of packages) symlinkSync(join(projectFolder, "node_modules", name), join(modules, name));
  return {
    folder,
    restore: (name) => {
      rmSync(join(modules, name), { recursive: true });
      symlinkSync(join(projectFolder, "node_modules", name), join(modules, name));
    },
    replace: (name, files) => {
      rmSync(join(modules, name));
      if (Object.keys(files).length > 0) mkdirSync(join(modules, name));
      for (const [path, text] of Object.entries(files)) writeFileSync(join(modules, name, path), text);
    },
  };
}
