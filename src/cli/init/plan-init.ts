import { configFileNames } from "../../system/config-file-names.ts";
import { wantsExtensions } from "../tsconfig/explain-resolution.ts";
import { patchGitignore } from "./patch-gitignore.ts";
import type { Patch } from "../tsconfig/patch-json.ts";
import { patchPackageJson } from "./patch-package-json.ts";
import { patchTsconfig } from "../tsconfig/patch-tsconfig.ts";
import type { FileChange } from "./file-change.ts";
import { firstProcess } from "./first-process.ts";
import { readTsconfig } from "./read-tsconfig.ts";

/** What a project's folder holds, as far as it matters here. Paths start at it, with `/` between their parts. */
export interface ProjectFolder {
  /** The text of a file, or `undefined` if there is none. */
  readonly read: (path: string) => string | undefined;
  /** Whether there is a folder with anything in it. */
  readonly hasFolder: (path: string) => boolean;
  /** What the existing configuration says, if there is one. */
  readonly configured?: ConfiguredPaths;
}

export interface ConfiguredPaths {
  readonly domain: string | undefined;
  /** The files that data is kept in. */
  readonly databases: readonly string[];
}

export type InitPlan = { readonly files: readonly FileChange[] } | { readonly problem: string };

/** What a project lacks to work with Perdure; nothing for one that has it all. `example` asks for a first process. */
export function planInit(folder: ProjectFolder, { example }: { readonly example: boolean }): InitPlan {
  const packageText = folder.read("package.json");
  if (packageText === undefined)
    return { problem: "there is no package.json here: run `npm init -y` first, or go to the project's folder." };
  const { sourceFolder, isNarrow, resolution } = readTsconfig(folder.read);
  const domain = folder.configured?.domain ?? (sourceFolder === "" ? "domain" : `${sourceFolder}/domain`);
  const tsconfigText = folder.read("tsconfig.json");
  const hasNodeTypes = folder.read("node_modules/@types/node/package.json") !== undefined;
  const patched: readonly (readonly [path: string, before: string | undefined, patch: Patch])[] = [
    ["package.json", packageText, patchPackageJson(packageText)],
    ["tsconfig.json", tsconfigText, patchTsconfig(tsconfigText ?? writeTsconfig(hasNodeTypes), isNarrow ? sourceFolder : undefined)],
    [".gitignore", folder.read(".gitignore"), patchGitignore(folder.read(".gitignore") ?? "", folder.configured?.databases ?? [DATABASE])],
  ];
  const files: FileChange[] = [];
  for (const [path, before, patch] of patched) {
    if ("problem" in patch) return patch;
    if (patch.text !== before) files.push({ path, text: patch.text, isNew: before === undefined, changes: patch.changes });
  }
  if (configFileNames.every((name) => folder.read(name) === undefined)) {
    files.push({ path: configFileNames[0]!, text: writeConfig(domain), isNew: true, changes: ["says where the domain and the store are"] });
  }
  return { files: example && !folder.hasFolder(domain) ? [...files, ...writeFirstProcess(domain, wantsExtensions(resolution))] : files };
}

function writeFirstProcess(domain: string, withExtensions: boolean): readonly FileChange[] {
  return firstProcess.map((file) => ({
    ...file,
    path: `${domain}/${file.path}`,
    text: withExtensions ? file.text.replace(/"(\.\/\+types\/[^"]+)"/g, '"$1.ts"') : file.text,
  }));
}

const DATABASE = "perdure.db";

function writeConfig(domain: string): string {
  return `import { defineConfig } from "perdure/config";

export default defineConfig({
  domain: "./${domain}",
  store: { path: "./${DATABASE}" },
});
`;
}

// Without `types`, TypeScript 7 looks at none of the installed types.
function writeTsconfig(hasNodeTypes: boolean): string {
  return `{
  "compilerOptions": {
    "target": "ES2023",
    "module": "ESNext",
    "moduleResolution": "bundler",
    "strict": true,${hasNodeTypes ? '\n    "types": ["node"],' : ""}
    "skipLibCheck": true,
    "noEmit": true
  }
}
`;
}
