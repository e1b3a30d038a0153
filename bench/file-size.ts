import { statSync } from "node:fs";

/** Of the database and its write-ahead log together, in bytes. */
export function fileSize(path: string): number {
  return [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}
