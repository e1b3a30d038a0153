import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { basename, extname, join } from "node:path";
import { moduleExtensions } from "../../definition/read/module-extensions.ts";

/** Looks for changes of the files that a program is made of. */
export interface FileWatcher {
  /** Watches a folder and all below it, besides those that it watches already. */
  add(folder: string): void;
  /** The files that have changed since the last call, as soon as there are some and no more come. */
  next(): Promise<readonly string[]>;
  close(): void;
}

// Editors write a file in several steps, and a branch is checked out file by file.
const QUIET_MS = 100;

// What a program reads beside its modules when it is loaded.
const manifests = ["package.json", "tsconfig.json"];

export function watchFiles(): FileWatcher {
  const watchers = new Map<string, FSWatcher>();
  const changed = new Set<string>();
  let quiet: NodeJS.Timeout | undefined;
  let wake = () => {};

  const onChange = (path: string) => {
    changed.add(path);
    clearTimeout(quiet);
    quiet = setTimeout(() => wake(), QUIET_MS);
  };
  const remove = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const onEvent = (folder: string, name: string | null) => {
    if (name === null) return onChange(folder);
    const path = join(folder, name);
    if (isOfProgram(name)) onChange(path);
    else if (isFolder(path)) {
      // What was in it before it was watched has come as well.
      if (add(path)) onChange(path);
    } else if (watchers.has(path)) {
      remove(path);
      onChange(path);
    }
  };
  /** Whether one of the folders is watched from now on. */
  const add = (folder: string): boolean => {
    if (watchers.has(folder) || isPassedOver(basename(folder))) return false;
    // It may be gone by now, and its parent tells of that.
    const entries = attempt(() => readdirSync(folder, { withFileTypes: true }));
    const watcher = entries && attempt(() => watch(folder, (_, name) => onEvent(folder, name)));
    if (watcher === undefined) return false;
    watchers.set(
      folder,
      watcher.on("error", () => remove(folder)),
    );
    for (const entry of entries!) if (entry.isDirectory()) add(join(folder, entry.name));
    return true;
  };
  return {
    add: (folder) => void add(folder),
    next: () =>
      new Promise((resolve) => {
        wake = () => {
          if (changed.size === 0) return;
          wake = () => {};
          const paths = [...changed];
          changed.clear();
          resolve(paths);
        };
        if (changed.size > 0) quiet = setTimeout(() => wake(), QUIET_MS);
      }),
    close: () => {
      clearTimeout(quiet);
      for (const folder of watchers.keys()) remove(folder);
    },
  };
}

/** Folders that a program is not written in. */
function isPassedOver(name: string): boolean {
  return name.startsWith(".") || ["node_modules", "dist", "build", "coverage"].includes(name);
}

function isOfProgram(name: string): boolean {
  const extensions: readonly string[] = moduleExtensions;
  return extensions.includes(extname(name)) || manifests.includes(name);
}

function isFolder(path: string): boolean {
  return attempt(() => statSync(path, { throwIfNoEntry: false }))?.isDirectory() === true;
}

function attempt<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
