import { join } from "node:path";
import { type Ended, jiti, runNode, type StartOptions } from "../support/os-process.ts";
import { projectFolder } from "../support/project-folder.ts";

/** Runs a program below examples/ as an OS process, with the loader that its npm script uses. `cwd` is the project's folder unless given. */
export function runExample(file: string, options: Pick<StartOptions, "cwd" | "env"> = {}): Promise<Ended> {
  return runNode([jiti, join(projectFolder, "examples", file)], options);
}
