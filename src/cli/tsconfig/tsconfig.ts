import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { typesFolder, type VirtualFile } from "../../typegen/virtual-file.ts";
import { explainResolution, readResolutionOptions, wantsExtensions } from "./explain-resolution.ts";
import { patchTsconfig } from "./patch-tsconfig.ts";

/**
 * What may keep TypeScript from finding `types`, the generated files below `root`, and what to do about it; `undefined` if nothing does, as
 * where their imports have the extensions that TypeScript wants.
 */
export function explainTsconfig(root: string, types: readonly VirtualFile[]): string | undefined {
  const text = readTsconfigText(root);
  if (text === undefined) return undefined;
  const options = readResolutionOptions(text);
  return explainRootDirs(text) ?? (wantsExtensions(options) && haveExtensions(root, types) ? undefined : explainResolution(options));
}

/** Whether files of the domain import their types, and all with an extension. */
function haveExtensions(root: string, types: readonly VirtualFile[]): boolean {
  const folders = new Set(types.map(({ path }) => dirname(dirname(path.slice(typesFolder.length + 1)))).filter((folder) => folder !== "."));
  const imports = [...folders]
    .map((folder) => join(root, folder))
    .flatMap((folder) => readdirSync(folder).flatMap((name) => (/\.[cm]?tsx?$/.test(name) ? [join(folder, name)] : [])))
    .flatMap((file) => [...readFileSync(file, "utf8").matchAll(/["']\.\/\+types\/([^"']+)["']/g)].map(([, name = ""]) => name));
  return imports.length > 0 && imports.every((name) => /\.[jt]s$/.test(name));
}

/** What certainly keeps TypeScript from finding them, and what to do about it. */
export function explainMissedTypes(root: string): string | undefined {
  const text = readTsconfigText(root);
  return text === undefined ? undefined : explainRootDirs(text);
}

function readTsconfigText(root: string): string | undefined {
  const path = join(root, "tsconfig.json");
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function explainRootDirs(text: string): string | undefined {
  const patch = patchTsconfig(text);
  if ("problem" in patch) return patch.problem;
  return patch.changes.length === 0
    ? undefined
    : "tsconfig.json does not lead TypeScript to the types yet. Run `perdure init`, which shows what it changes and asks.";
}
