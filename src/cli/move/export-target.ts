import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";
import { displayPath } from "../../definition/report/display-path.ts";
import { errorToText } from "../../errors.ts";
import { CliError, exitCodes } from "../terminal/exit-codes.ts";

/** Where the lines of an export go. */
export interface ExportTarget {
  write(line: string): void;
  /** Resolves nothing and throws if what was written is not safe on the disk. */
  finish(): void;
  /** Takes back what was written, as far as that can be done. */
  discard(): void;
}

/**
 * A new file, which its owner alone may read, because it has payloads.
 * @throws CliError if there is such a file already, or none can be made
 */
export function createFileTarget(file: string): ExportTarget {
  const explain = (error: unknown) =>
    new CliError(exitCodes.failure, `${displayPath(file)} cannot be written: ${errorToText(error)}`, "Nothing was exported.");
  const attempt = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw explain(error);
    }
  };
  const descriptor = openNew(file, explain);
  return {
    write: (line) => attempt(() => writeWhole(descriptor, Buffer.from(`${line}\n`))),
    finish: () =>
      attempt(() => {
        fsyncSync(descriptor);
        closeSync(descriptor);
      }),
    discard: () => {
      closeSync(descriptor);
      rmSync(file, { force: true });
    },
  };
}

function openNew(file: string, explain: (error: unknown) => CliError): number {
  try {
    return openSync(file, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw explain(error);
    throw new CliError(exitCodes.refused, `there is a file ${displayPath(file)} already`, "Name another, or remove that one.");
  }
}

// A disk that is nearly full takes a part of the line.
function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
}
