import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { explainResolution, readResolutionOptions } from "./explain-resolution.ts";
import { patchTsconfig } from "./patch-tsconfig.ts";

/** What may keep TypeScript from finding the generated types below `root`, and what to do about it; `undefined` if nothing does. */
export function explainTsconfig(root: string): string | undefined {
  const text = readTsconfigText(root);
  return text === undefined ? undefined : (explainRootDirs(text) ?? explainResolution(readResolutionOptions(text)));
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
