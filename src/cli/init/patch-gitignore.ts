import { isIgnored, writePattern } from "../../typegen/ignore-patterns.ts";
import type { Patch } from "../tsconfig/patch-json.ts";
import { registerPath, typesFolder } from "../../typegen/virtual-file.ts";

/**
 * Adds the installed packages, the folder of the generated types, and `databases` with the files that SQLite puts beside them, unless they
 * are there. Paths start at the folder of the .gitignore.
 */
export function patchGitignore(text: string, databases: readonly string[] = []): Exclude<Patch, { readonly problem: string }> {
  const lines = text.split(/\r?\n/);
  const wanted = [
    { line: "node_modules/", files: ["node_modules/perdure/package.json"], change: "ignores node_modules, which is installed" },
    { line: `${typesFolder}/`, files: [registerPath], change: `ignores ${typesFolder}, which is generated` },
    ...databases.map((path) => ({
      line: writePattern(path),
      files: ["", "-wal", "-shm"].map((end) => path + end),
      change: `ignores ${writePattern(path)}, which is data`,
    })),
  ];
  const missing = wanted.filter(({ files }) => !files.every((file) => isIgnored(file, lines)));
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const start = text === "" || text.endsWith("\n") || missing.length === 0 ? text : text + end;
  return { text: start + missing.map(({ line }) => line + end).join(""), changes: missing.map(({ change }) => change) };
}
