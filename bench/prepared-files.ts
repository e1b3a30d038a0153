import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { copyFile } from "./copy-file.ts";
import type { Preparation } from "./prepared-store.ts";
import { runChild } from "./run-child.ts";

/** Files that are filled once for all cases and copied for each use. */
export interface PreparedFiles {
  /** Returns the copy's path. */
  copyTo(folder: string, preparation: Preparation): Promise<string>;
}

export function createPreparedFiles(folder: string): PreparedFiles {
  const originals = new Map<string, string>();

  const prepare = async (preparation: Preparation): Promise<string> => {
    const path = join(mkdtempSync(join(folder, "prepared-")), "store.db");
    await runChild({ kind: "prepare", path, preparation });
    return path;
  };

  return {
    copyTo: async (target, preparation) => {
      const key = JSON.stringify(preparation);
      const original = originals.get(key) ?? (await prepare(preparation));
      originals.set(key, original);
      const copy = join(mkdtempSync(join(target, "copy-")), "store.db");
      copyFile(original, copy);
      return copy;
    },
  };
}
