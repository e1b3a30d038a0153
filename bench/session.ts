import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Session } from "./bench-case.ts";
import type { MeasureAssignment } from "./child.ts";
import type { PreparedFiles } from "./prepared-files.ts";
import { runChild, runChildUntilKilled } from "./run-child.ts";

/** The session of one case. Its measurements are made one at a time, each in an OS process and a folder of its own. */
export function createSession(
  name: string,
  { folder, isQuick, preparedFiles }: { readonly folder: string; readonly isQuick: boolean; readonly preparedFiles: PreparedFiles },
): Session<unknown, unknown> {
  const assign = async <Result>(input: unknown, run: (assignment: MeasureAssignment) => Promise<Result>) => {
    const ownFolder = mkdtempSync(join(folder, "measurement-"));
    try {
      return await run({ kind: "measure", case: name, input, folder: ownFolder });
    } finally {
      rmSync(ownFolder, { recursive: true, force: true });
    }
  };
  return {
    isQuick,
    rounds: isQuick ? 3 : 5,
    folder,
    prepare: (preparation) => preparedFiles.copyTo(folder, preparation),
    measure: (input) => assign(input, runChild),
    measureUntilKilled: (input, milliseconds) => assign(input, (assignment) => runChildUntilKilled(assignment, milliseconds)),
  };
}
