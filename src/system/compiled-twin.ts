import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { isCompiled } from "../definition/read/module-extensions.ts";
import { displayPath } from "../definition/report/display-path.ts";

/**
 * A warning for a program that was compiled, if one of its domain folders is read in TypeScript although that was compiled too: then a
 * module that both import exists twice, and nobody notices. `mainFile` is the path of the program's main file.
 */
export function describeCompiledTwin(domain: string | readonly string[], mainFile: string | undefined): string | undefined {
  if (mainFile === undefined || !/\.[cm]?js$/.test(mainFile) || mainFile.split(sep).includes("node_modules")) return undefined;
  for (const folder of [domain].flat().map((path) => resolve(path))) {
    const twin = join(dirname(resolve(mainFile)), basename(folder));
    if (twin === folder || statSync(twin, { throwIfNoEntry: false })?.isDirectory() !== true || !hasTypeScript(folder)) continue;
    return `the domain is read from ${displayPath(folder)}, in TypeScript, although ${displayPath(mainFile)} is compiled and ${displayPath(twin)} lies beside it; a module that both import exists twice. Name the compiled one, by fileURLToPath(new URL("./${basename(folder)}", import.meta.url)) or in a configuration that is compiled too.`;
  }
  return undefined;
}

function hasTypeScript(folder: string): boolean {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files.some((file) => isCompiled(file) && !/\.d\.[cm]?ts$/.test(file));
}
