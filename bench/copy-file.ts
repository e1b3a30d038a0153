import { closeSync, copyFileSync, fsyncSync, openSync } from "node:fs";

/** Returns when the copy is on the disk, so that the disk is free for what is measured next. */
export function copyFile(from: string, to: string): void {
  copyFileSync(from, to);
  const file = openSync(to, "r+");
  fsyncSync(file);
  closeSync(file);
}
