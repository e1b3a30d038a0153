import { mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { compareTypes, type TypesDrift } from "./compare-types.ts";
import { typesFolder, type VirtualFile } from "./virtual-file.ts";

/** What was done, by path. */
export interface WrittenTypes {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  /** In the place of a generated file there is one that Perdure has not written. It was left alone. */
  readonly foreign: readonly string[];
}

/**
 * Brings the types below `root` up to date. What has not changed is not written, so that nothing that watches it wakes up; what was
 * generated and is needed no more is removed, with the folders that it leaves empty.
 */
export async function writeTypes(root: string, files: readonly VirtualFile[]): Promise<WrittenTypes> {
  const { missing, changed, stale, foreign, unchanged } = await checkTypes(root, files);
  const written = [...missing, ...changed].toSorted();
  const textByPath = new Map(files.map(({ path, text }) => [path, text]));
  await Promise.all([...new Set(written.map((path) => dirname(path)))].map((folder) => mkdir(join(root, folder), { recursive: true })));
  await Promise.all(written.map((path) => writeFile(join(root, path), textByPath.get(path) ?? "")));
  await Promise.all(stale.map((path) => rm(join(root, path), { force: true })));
  for (const path of stale) await removeEmpty(root, dirname(path));
  return { written, removed: stale, unchanged, foreign };
}

/** How the types below `root` differ from what they should be. Nothing is written. */
export async function checkTypes(root: string, files: readonly VirtualFile[]): Promise<TypesDrift> {
  const paths = await listDeclarations(root);
  const found = paths.toSorted().map(async (path) => [path, await readFile(join(root, path), "utf8")] as const);
  return compareTypes(files, new Map(await Promise.all(found)));
}

/** The declarations in the folder of generated types, as paths below `root` with `/` between the parts. */
async function listDeclarations(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, typesFolder), { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    // Nothing was generated yet.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".d.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

async function removeEmpty(root: string, folder: string): Promise<void> {
  for (let path = folder; path.startsWith(`${typesFolder}/`); path = dirname(path)) {
    const isRemoved = await rmdir(join(root, path)).then(
      () => true,
      () => false,
    );
    if (!isRemoved) return;
  }
}
