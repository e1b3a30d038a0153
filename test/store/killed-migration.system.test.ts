import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test as it } from "vitest";
import { runNode } from "../support/os-process.ts";
import { commits, open, readRows, readSchema, restore } from "./older-files/restore.ts";

/** Opens a file in an OS process of its own, which is killed at a statement of the migration. The signal that ended it. */
async function openAndBeKilled(path: string, statement: string): Promise<NodeJS.Signals | null> {
  return (await runNode([fileURLToPath(new URL("older-files/killed.mjs", import.meta.url)), path, statement])).signal;
}

describe.each(commits)("a file that commit %s has written", (commit) => {
  it.each(["ALTER TABLE events", "CREATE INDEX perdure_journal_by_instance", "PRAGMA user_version", "COMMIT"])(
    "is as it was when the OS process that migrates it is killed at %s, and then opens",
    async (statement) => {
      const path = restore(commit);
      const before = readRows(path);
      const schema = readSchema(path);
      expect(await openAndBeKilled(path, statement)).toBe("SIGKILL");
      // It had written something by then.
      expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
      expect(readSchema(path)).toEqual(schema);
      expect(readRows(path)).toEqual(before);
      open(path);
      expect(readRows(path).get("journal")).toEqual(before.get("journal"));
    },
  );
});
