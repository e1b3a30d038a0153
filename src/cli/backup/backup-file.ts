import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { displayPath } from "../../definition/report/display-path.ts";
import { errorToText, ProcessError } from "../../errors.ts";
import type { DriverName } from "../../store/sqlite/driver/database.ts";
import { backUpDatabase, type CopiedFacts } from "../../store/sqlite/backup.ts";
import { findSharedFile } from "../../store/sqlite/file-identity.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";

/** A backup that was checked and lies in its place. */
export interface Backup extends CopiedFacts {
  readonly file: string;
  readonly bytes: number;
}

interface BackupOptions {
  /** Whether a file that is there may be replaced. */
  readonly replaces: boolean;
  /** What opens the store. */
  readonly driver: DriverName | undefined;
}

/**
 * Copies the store at `storePath` into `file`, which is there as a whole or, if this throws, as it was before: the copy is written beside
 * it, checked, and then takes its place. Its owner alone may read it.
 * @throws CliError if `file` is there and `replaces` is not set, is the store itself, or cannot be written; ProcessError as opening the store does
 */
export function backUp(storePath: string, file: string, { replaces, driver }: BackupOptions): Backup {
  const target = resolve(file);
  checkTarget(storePath, target, replaces);
  const part = `${target}.part-${process.pid}`;
  attempt(target, () => closeSync(openSync(part, "wx", 0o600)));
  try {
    const facts = backUpDatabase(storePath, part, driver);
    return attempt(target, () => {
      syncFile(part);
      const { size: bytes } = statSync(part);
      renameSync(part, target);
      syncFile(dirname(target));
      return { file: target, bytes, ...facts };
    });
  } catch (error) {
    for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(part + suffix, { force: true });
    throw error;
  }
}

function checkTarget(storePath: string, target: string, replaces: boolean): void {
  const refuse = (problem: string, hint: string) => new CliError(exitCodes.refused, problem, hint);
  if (findSharedFile(storePath, target) !== undefined) {
    throw refuse(`${displayPath(target)} is the store itself, or a file that SQLite keeps beside it`, "Name another file.");
  }
  const there = attempt(target, () => statSync(target, { throwIfNoEntry: false }));
  if (there === undefined) return;
  if (!there.isFile()) throw refuse(`${displayPath(target)} is no file`, "Name the file that the backup is to become.");
  if (!replaces) throw refuse(`there is a file ${displayPath(target)} already`, "Name another, or replace it with --force.");
  // A log is applied to whatever file it lies beside.
  for (const suffix of ["-wal", "-journal"]) {
    if (statSync(target + suffix, { throwIfNoEntry: false }) === undefined) continue;
    throw refuse(
      `there is a log ${displayPath(target + suffix)}, so that somebody has that database open, or was killed while it was open`,
      "Name another file.",
    );
  }
}

function attempt<Result>(target: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof CliError || ProcessError.is(error)) throw error;
    throw new CliError(exitCodes.failure, `${displayPath(target)} cannot be written: ${errorToText(error)}`, "There is no backup.");
  }
}

/** Returns when a file, or the names in a folder, are on the disk. */
function syncFile(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
