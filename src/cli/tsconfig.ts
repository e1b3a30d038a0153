import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { explainResolution, readResolutionOptions } from "../typegen/explain-resolution.ts";
import { patchTsconfig } from "../typegen/patch-tsconfig.ts";

/** What keeps TypeScript from finding the generated types below `root`, and what to do about it; `undefined` if nothing does. */
export function explainTsconfig(root: string): string | undefined {
  const path = join(root, "tsconfig.json");
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8");
  const patch = patchTsconfig(text);
  if ("problem" in patch) return patch.problem;
  if (patch.changes.length > 0) return "tsconfig.json does not lead TypeScript to the types yet. Run `perdure init`, which shows what it changes and asks.";
  return explainResolution(readResolutionOptions(text));
}
