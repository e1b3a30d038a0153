import { readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

/** What identifies a file, whatever its path is. */
export interface Identity {
  readonly dev: number;
  readonly ino: number;
}

/** The identity of the file at `path`, with links followed; `undefined` if there is no file. */
export function identify(path: string): Identity | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

export function isSame(one: Identity | undefined, other: Identity | undefined): boolean {
  return one?.ino === other?.ino && one?.dev === other?.dev;
}

/**
 * When a file was removed from a folder, put into it or renamed in it, in milliseconds since 1970; `undefined` if there is no such folder.
 */
export interface FolderState extends Identity {
  readonly mtimeMs: number;
}

export function readFolder(path: string): FolderState | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/**
 * A file that the databases at two paths would both use, by its name; `undefined` if there is none. A name is not enough to tell: a file
 * may have several, and what is not there yet may be made behind a link. SQLite keeps three more files beside a database.
 */
export function findSharedFile(one: string, other: string): string | undefined {
  const others = listFiles(other).map((path) => ({ path, identity: identifyOrSkip(path) }));
  return listFiles(one).find((path) => {
    const identity = identifyOrSkip(path);
    return others.some((each) => each.path === path || (identity !== undefined && isSame(each.identity, identity)));
  });
}

function listFiles(database: string): readonly string[] {
  const path = followLinks(database);
  return ["", "-wal", "-shm", "-journal"].map((suffix) => path + suffix);
}

// What cannot be looked at is refused when it is opened, which says why.
function identifyOrSkip(path: string): Identity | undefined {
  try {
    return identify(path);
  } catch {
    return undefined;
  }
}

/** `path` as SQLite will name the file: absolute and with links followed, also those to what is not there yet. */
function followLinks(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch (error) {
    // A circle of links, or a folder that cannot be entered: the name is all that there is.
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) return absolute;
  }
  const target = readLink(absolute);
  if (target !== undefined) return followLinks(resolve(dirname(absolute), target));
  const folder = dirname(absolute);
  return folder === absolute ? absolute : join(followLinks(folder), basename(absolute));
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // It is not a link, or it is not there.
    return undefined;
  }
}
