import { ProcessError } from "../errors.ts";

/** The oldest Node that Perdure runs on, as the package's `engines` say. */
export const OLDEST_NODE = "20.19";

/**
 * It is called before anything else is loaded, so this file and what it imports use nothing that an old Node does not know.
 * @throws ProcessError `NODE_TOO_OLD`
 */
export function checkNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new ProcessError("NODE_TOO_OLD", `Node ${version} is too old for Perdure`, {
    hint: `Install Node ${OLDEST_NODE} or later, then install the packages of the project again, because their binaries are made for one version of Node.`,
    details: { version, oldest: OLDEST_NODE },
  });
}
