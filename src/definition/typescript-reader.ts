import { createRequire } from "node:module";
import { isCompiled } from "./module-extensions.ts";

/**
 * Who reads the TypeScript of the program that runs, by what can be seen of it:
 *
 * - `hooks`: a loader such as tsx has been registered, or the program's main file is TypeScript and something reads it;
 * - `node`: Node's own type stripping does, and the main file is TypeScript;
 * - `jiti`: nobody else, or jiti itself, which loaded the main file.
 *
 * That Node could read TypeScript does not suffice: a program in JavaScript, `perdure start` for one, shares no TypeScript modules
 * with its domain, and jiti takes what Node's stripping refuses (enums, imports without extension, `paths`).
 */
export type TypeScriptReader = "hooks" | "node" | "jiti";

export function findTypeScriptReader(): TypeScriptReader {
  const { cache, extensions } = createRequire(import.meta.url);
  const main = process.argv[1] ?? "";
  if (isJiti(cache[main]?.require) || isJitiRegistered()) return "jiti";
  // tsx puts it there; Node's own stripping reads no .tsx.
  if (".tsx" in extensions) return "hooks";
  if (!isCompiled(main)) return "jiti";
  return canStripTypes() ? "node" : "hooks";
}

/** Since Node 22.18 and 23.6, unless it was switched off. */
function canStripTypes(): boolean {
  return Boolean(Reflect.get(process.features, "typescript"));
}

// Its hooks give import() nothing but a default export; all beneath the main file is loaded by jiti itself.
function isJitiRegistered(): boolean {
  return [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].some((option) => option.includes("jiti/register"));
}

// A module that jiti has loaded has a jiti as its require.
function isJiti(require: unknown): boolean {
  return typeof require === "function" && "esmResolve" in require;
}
