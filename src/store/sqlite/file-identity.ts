import { statSync } from "node:fs";

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

/** When a file was removed from a folder, put into it or renamed in it, in milliseconds since 1970; `undefined` if there is no such folder. */
export interface FolderState extends Identity {
  readonly mtimeMs: number;
}

export function readFolder(path: string): FolderState | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
