import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder with these files, by path, that is gone when the test is over; tests that run side by side give their own `onFinished`. */
export function createTemporaryFolder(
  files: Readonly<Record<string, string>> = {},
  onFinished: typeof onTestFinished = onTestFinished,
): string {
  const folder = mkdtempSync(join(tmpdir(), "perdure-test-"));
  onFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** The path of a database file that is gone when the test is over. */
export function createDatabasePath(onFinished?: typeof onTestFinished): string {
  return join(createTemporaryFolder({}, onFinished), "perdure.db");
}
