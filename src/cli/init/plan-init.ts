import { configFileNames } from "../../load-config.ts";
import { patchGitignore } from "../../typegen/patch-gitignore.ts";
import { readResolutionOptions, wantsExtensions } from "../../typegen/explain-resolution.ts";
import type { Patch } from "../../typegen/patch-json.ts";
import { patchPackageJson } from "../../typegen/patch-package-json.ts";
import { patchTsconfig } from "../../typegen/patch-tsconfig.ts";
import type { FileChange } from "./file-change.ts";
import { firstProcess } from "./first-process.ts";

/** What a project's folder holds, as far as it matters here. */
export interface ProjectFolder {
  /** The text of a file, or `undefined` if there is none. */
  readonly read: (path: string) => string | undefined;
  /** Whether there is a folder `domain` with anything in it. */
  readonly hasDomain: boolean;
}

export type InitPlan = { readonly files: readonly FileChange[] } | { readonly problem: string };

/** What a project lacks to work with Perdure; nothing for one that has it all. `example` asks for a first process. */
export function planInit(folder: ProjectFolder, { example }: { readonly example: boolean }): InitPlan {
  const packageText = folder.read("package.json");
  if (packageText === undefined) return { problem: "there is no package.json here: run `npm init -y` first, or go to the project's folder." };
  const patched: readonly (readonly [path: string, before: string | undefined, patch: Patch])[] = [
    ["package.json", packageText, patchPackageJson(packageText)],
    ["tsconfig.json", folder.read("tsconfig.json"), patchTsconfig(folder.read("tsconfig.json") ?? firstTsconfig)],
    [".gitignore", folder.read(".gitignore"), patchGitignore(folder.read(".gitignore") ?? "")],
  ];
  const files: FileChange[] = [];
  for (const [path, before, patch] of patched) {
    if ("problem" in patch) return patch;
    if (patch.text !== before) files.push({ path, text: patch.text, isNew: before === undefined, changes: patch.changes });
  }
  if (configFileNames.every((name) => folder.read(name) === undefined)) {
    files.push({ path: configFileNames[0]!, text: firstConfig, isNew: true, changes: ["says where the domain and the store are"] });
  }
  return { files: example && !folder.hasDomain ? [...files, ...writeFirstProcess(folder)] : files };
}

function writeFirstProcess({ read }: ProjectFolder): readonly FileChange[] {
  if (!wantsExtensions(readResolutionOptions(read("tsconfig.json") ?? firstTsconfig))) return firstProcess;
  return firstProcess.map((file) => ({ ...file, text: file.text.replace(/"(\.\/\+types\/[^"]+)"/g, '"$1.ts"') }));
}

const firstConfig = `import { defineConfig } from "perdure/config";

export default defineConfig({
  domain: "./domain",
  store: { path: "./perdure.db" },
});
`;

const firstTsconfig = `{
  "compilerOptions": {
    "target": "ES2023",
    "module": "ESNext",
    "moduleResolution": "bundler",
    "strict": true,
    "skipLibCheck": true,
    "noEmit": true
  }
}
`;
