import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorToText } from "../../src/errors.ts";
import { CliError, exitCodes } from "../../src/cli/terminal/exit-codes.ts";

/** @throws CliError if `folder`, an absolute path, has anything in it, is no folder, or cannot be looked at */
export function checkTarget(folder: string, shown: string): void {
  const stats = attempt(shown, () => statSync(folder, { throwIfNoEntry: false }));
  if (stats === undefined) return;
  if (!stats.isDirectory())
    throw new CliError(exitCodes.refused, `nothing was made: ${shown} is a file`, "Name a folder that is not there yet.");
  const [first, ...others] = attempt(shown, () => readdirSync(folder));
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  throw new CliError(
    exitCodes.refused,
    `nothing was made: there is something in ${shown} already: ${first}${more}`,
    "Name another folder. To add Perdure to a project that is there, install it and run `npx perdure init --example` in that folder.",
  );
}

/** A folder that is made in steps, of which either all are kept or none. */
export interface Undertaking {
  write(files: ReadonlyMap<string, string>): void;
  copy(from: string, path: string): void;
  /** Takes away all that was made, also what others have put there. */
  undo(): void;
}

/** Begins with `folder`, an absolute path that is an empty folder or not there. @throws CliError if it cannot be made */
export function beginFolder(folder: string, shown: string): Undertaking {
  const existed = existsSync(folder);
  const made = attempt(shown, () => mkdirSync(folder, { recursive: true }));
  const undo = () => {
    const all = existed ? readdirSync(folder).map((name) => join(folder, name)) : [made ?? folder];
    // Programs that an interrupted installation has started may still be writing.
    for (const path of all) rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  const put = (path: string, act: (target: string) => void) => {
    const target = join(folder, path);
    attempt(`${shown}/${path}`, () => {
      mkdirSync(dirname(target), { recursive: true });
      act(target);
    });
  };
  return {
    write: (files) => {
      for (const [path, text] of files) put(path, (target) => writeFileSync(target, text));
    },
    copy: (from, path) => put(path, (target) => copyFileSync(from, target)),
    undo,
  };
}

function attempt<Value>(shown: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    throw new CliError(
      exitCodes.failure,
      `nothing was made: ${shown} cannot be made: ${errorToText(error)}`,
      "Name a folder that you may write to.",
    );
  }
}
