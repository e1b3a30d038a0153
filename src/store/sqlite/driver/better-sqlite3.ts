import type SqliteDatabase from "better-sqlite3";
import { errorToText, ProcessError } from "../../../errors.ts";
import type { PackageManager } from "../../../platform/package-manager.ts";
import type { Driver } from "./database.ts";

const NAME = "better-sqlite3";

/** From this version on, its binary ends an older Node without a word, and loads in Bun. */
const FIRST_WITHOUT_NODE_20 = 13;
const OLDEST_NODE_OF_13 = 22;

/** How better-sqlite3 is found. */
export interface PackagePorts {
  readonly require: (name: string) => unknown;
  readonly packageManager: () => PackageManager;
  /** What runs this. Default: that of this OS process. */
  readonly runtime?: { readonly node: string; readonly bun?: string | undefined };
}

/** @throws ProcessError `DRIVER_UNUSABLE` */
export function loadBetterSqlite3(ports: PackagePorts): Driver {
  const version = findVersion(ports.require);
  refuseUnfit(version, ports);
  try {
    const Connection = ports.require(NAME) as typeof SqliteDatabase;
    // The package loads its binary with the first connection.
    new Connection(":memory:").close();
    return {
      name: NAME,
      title: version === undefined ? NAME : `${NAME} ${version}`,
      open: (path, { readonly = false } = {}) => new Connection(path, { readonly, fileMustExist: readonly }),
    };
  } catch (error) {
    const { problem, fix } = explainFailure(error, ports);
    throw refuse(problem, fix, error);
  }
}

function refuse(problem: string, hint: string, cause?: unknown): ProcessError {
  return new ProcessError("DRIVER_UNUSABLE", `the SQLite driver ${NAME} cannot be loaded: ${problem}`, { hint, cause });
}

/** `undefined` where the package is missing, or bundled. */
function findVersion(require: PackagePorts["require"]): string | undefined {
  try {
    const { version } = require(`${NAME}/package.json`) as { readonly version?: unknown };
    return typeof version === "string" ? version : undefined;
  } catch {
    // Loading the package itself says what is wrong with it.
    return undefined;
  }
}

// It is asked before the binary is loaded, which nothing could report afterwards.
function refuseUnfit(version: string | undefined, { runtime: { node, bun } = process.versions, packageManager }: PackagePorts): void {
  if (version === undefined) return;
  const isNew = Number.parseInt(version, 10) >= FIRST_WITHOUT_NODE_20;
  const add = (major: number) => `Run \`${packageManager().add(`${NAME}@${major}`)}\``;
  if (bun !== undefined) {
    if (isNew) return;
    throw refuse(`version ${version} is installed, which does not load in Bun`, `${add(FIRST_WITHOUT_NODE_20)}.`);
  }
  if (!isNew || Number.parseInt(node, 10) >= OLDEST_NODE_OF_13) return;
  throw refuse(
    `version ${version} is installed, which needs Node ${OLDEST_NODE_OF_13} or later, and this is Node ${node}`,
    `${add(FIRST_WITHOUT_NODE_20 - 1)}, or run this with Node ${OLDEST_NODE_OF_13} or later.`,
  );
}

function explainFailure(
  error: unknown,
  { packageManager, runtime: { node, bun } = process.versions }: PackagePorts,
): { readonly problem: string; readonly fix: string } {
  const { name: manager, add, install, build, rebuild } = packageManager();
  const text = errorToText(error);
  const [firstLine] = text.split("\n");
  const { code } = error as NodeJS.ErrnoException;
  // The driver loads its binary by a further package, which may be missing itself.
  if (code === "MODULE_NOT_FOUND") {
    // pnpm takes the newest version and, as that is not for this Node, leaves the package out.
    const isOld = bun === undefined && Number.parseInt(node, 10) < OLDEST_NODE_OF_13;
    const command = manager === "pnpm" && isOld && text.includes(`'${NAME}'`) ? add(`${NAME}@${FIRST_WITHOUT_NODE_20 - 1}`) : install;
    return { problem: `${firstLine}`, fix: `Run \`${command}\`; where node_modules is copied or bundled, bring ${NAME} along.` };
  }
  if (text.includes("bindings file")) {
    return { problem: "it was installed without its binary, as install scripts are switched off", fix: `To build it, ${build(NAME)}.` };
  }
  const versions = /NODE_MODULE_VERSION (\d+).*NODE_MODULE_VERSION (\d+)/s.exec(text);
  if (versions !== null) {
    return {
      problem: `its binary was made for another version of Node (ABI ${versions[1]}) than the Node ${process.versions.node} that runs this (ABI ${versions[2]})`,
      fix: `Run \`${rebuild(NAME)}\` with this Node, or run this with the Node that the packages were installed with.`,
    };
  }
  if (code === "ERR_DLOPEN_FAILED") {
    return {
      problem: `its binary does not fit this machine (${process.platform} ${process.arch}): ${firstLine}`,
      fix: `Run \`${rebuild(NAME)}\` here; a node_modules from another machine or image cannot be used.`,
    };
  }
  return { problem: `${firstLine}`, fix: `Run \`${rebuild(NAME)}\`.` };
}
