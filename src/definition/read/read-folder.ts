import { type Dirent, readdirSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import type { FolderContent } from "./listing.ts";
import { moduleExtensions } from "./module-extensions.ts";

/**
 * The modules and folders of a domain folder that a place in it gives a meaning. Links are followed. At once, because what is asynchronous may
 * wait for timers that a test has put fakes in the place of.
 * @throws what keeps a folder from being listed, if that is more than that it has just been removed
 */
export function readFolder(root: string): FolderContent {
  const files: string[] = [];
  const folders: string[] = [];
  const processFolders: string[] = [];
  const filesOf = (folder: string) => files.push(...list(root, folder).files.filter(isModule));
  for (const aggregate of list(root, "").folders) {
    const kinds = list(root, aggregate).folders;
    folders.push(aggregate, ...kinds);
    for (const kind of ["events", "commands", "processes"].map((name) => `${aggregate}/${name}`).filter((each) => kinds.includes(each)))
      filesOf(kind);
    const processes = kinds.includes(`${aggregate}/processes`) ? list(root, `${aggregate}/processes`).folders : [];
    processFolders.push(...processes);
    for (const process of processes) {
      const parts = list(root, process).folders;
      filesOf(process);
      for (const part of [`${process}/actions`, `${process}/migrations`].filter((each) => parts.includes(each))) filesOf(part);
    }
  }
  return { files: files.toSorted(), folders: folders.toSorted(), processFolders: processFolders.toSorted() };
}

const isModule = (path: string) => (moduleExtensions as readonly string[]).includes(extname(path));

const isPassedOver = (name: string) =>
  /^[_.]/.test(name) || name === "+types" || name === "node_modules" || /\.d\.[cm]?ts$|\.(?:test|spec)\./.test(name);

/** What a folder holds, as paths below the root. */
function list(root: string, folder: string): { readonly files: readonly string[]; readonly folders: readonly string[] } {
  const files: string[] = [];
  const folders: string[] = [];
  for (const entry of readEntries(join(root, folder))) {
    if (isPassedOver(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    const found = entry.isSymbolicLink() ? statSync(join(root, path), { throwIfNoEntry: false }) : entry;
    if (found?.isDirectory()) folders.push(path);
    else if (found?.isFile()) files.push(path);
  }
  return { files, folders };
}

function readEntries(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // Somebody has removed it since it was found.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
