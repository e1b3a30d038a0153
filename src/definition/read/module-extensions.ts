import { extname } from "node:path";

const typeScriptExtensions = [".ts", ".mts", ".cts", ".tsx", ".jsx"];

/** What the name of a user's file may end with. */
export const moduleExtensions = [...typeScriptExtensions, ".js", ".mjs", ".cjs"] as const;

/** What Node 20 does not read: TypeScript, and JSX in either language. */
export const compiledExtensions: readonly string[] = typeScriptExtensions;

export function isCompiled(file: string): boolean {
  return compiledExtensions.includes(extname(file));
}
